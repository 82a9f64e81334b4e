// SPDX-License-Identifier: GPL-2.0-only
/* Answers that go on, see stream.h. */
#include "api/stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>

/* For what is left when the stream has ended. */
static const struct timeval patience = {.tv_sec = 10};

struct api_stream {
	struct list in_server;
	struct bufferevent *bev;
	struct evbuffer *out; /* what was put: bev's own, once the answer stands in that */
	struct api_stream_owner owner;
	bool begun, started, ended, gone;
};

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	(void)arg;
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct api_stream *s = arg;

	(void)bev;
	if (s->ended)
		api_stream_free(s);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct api_stream *s = arg;

	if (!(what & BEV_EVENT_EOF))
		s->gone = true;
	bufferevent_disable(bev, EV_READ);
	if (s->ended)
		api_stream_free(s);
	else
		s->owner.enough(s->owner.arg);
}

struct api_stream *api_stream_new(struct bufferevent *bev, struct list *all)
{
	struct api_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->bev = bev;
	s->out = evbuffer_new();
	if (!s->out) {
		free(s);
		return NULL;
	}
	list_append(all, &s->in_server);
	return s;
}

void api_stream_begin(struct api_stream *s, const struct api_stream_owner *owner)
{
	s->owner = *owner;
	s->begun = true;
}

bool api_stream_begun(const struct api_stream *s)
{
	return s->begun;
}

void api_stream_start(struct api_stream *s)
{
	struct evbuffer *before = s->out;

	s->out = bufferevent_get_output(s->bev);
	evbuffer_add_buffer(s->out, before);
	evbuffer_free(before);
	s->started = true;
	bufferevent_setcb(s->bev, on_read, on_written, on_event, s);
	bufferevent_set_timeouts(s->bev, NULL, NULL);
	bufferevent_enable(s->bev, EV_READ | EV_WRITE);
}

bool api_stream_put(struct api_stream *s, const void *head, size_t head_len, const void *data,
		    size_t len)
{
	if (s->gone || evbuffer_get_length(s->out) + head_len + len > API_STREAM_ROOM ||
	    evbuffer_expand(s->out, head_len + len))
		return false;
	return !evbuffer_add(s->out, head, head_len) && (!len || !evbuffer_add(s->out, data, len));
}

void api_stream_end(struct api_stream *s)
{
	s->ended = true;
	if (s->gone || !evbuffer_get_length(s->out)) {
		api_stream_free(s);
		return;
	}
	bufferevent_set_timeouts(s->bev, NULL, &patience);
}

void api_stream_free(struct api_stream *s)
{
	list_remove(&s->in_server);
	if (!s->started)
		evbuffer_free(s->out);
	if (s->begun)
		bufferevent_free(s->bev);
	free(s);
}

void api_streams_free(struct list *all)
{
	struct list *i, *keep;

	list_for_each(i, keep, all)
		api_stream_free(list_item(i, struct api_stream, in_server));
}
