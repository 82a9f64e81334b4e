// SPDX-License-Identifier: GPL-2.0-only
/* Captures and their clients, see capture.h. Which calls they see is in capture_calls.c. */
#include "main/capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "main/set.h"
#include "wire/l2tp_data.h"

static const struct timeval tick = {.tv_usec = 500000};

static void put(struct capture *cp, uint64_t ns, const struct wbuf *head,
		const struct capture_bytes *body)
{
	struct captures *all = cp->all;
	uint8_t start[sizeof(struct capture_record) + CAPTURE_HEADER_MAX];
	const size_t head_len = head ? wbuf_len(head) : 0;
	const struct capture_record record = {
		.ns = ns,
		.missed = cp->missed + all->data_path_missed - cp->missed_before,
		.cap = (uint32_t)(head_len + (body ? body->cap : 0)),
		.len = (uint32_t)(head_len + (body ? body->len : 0)),
	};

	memcpy(start, &record, sizeof(record));
	if (head_len)
		memcpy(start + sizeof(record), head->start, head_len);
	if (api_stream_put(cp->stream, start, sizeof(record) + head_len, body ? body->p : NULL,
			   body ? body->cap : 0))
		cp->told = record.missed;
	else if (body)
		cp->missed++;
}

/* Of an `ha` set, a copy of what was sent on another leg? */
static bool was_sent(struct capture *cp, const struct call *call,
		     const struct dataplane_captured *got)
{
	struct l2x_number n;
	struct l2tp_data data;
	size_t at;

	if (!got->sent || !call->set || call->set->config->kind != CONFIG_SET_HA ||
	    l2tp_data_parse(got->message.p, got->message.cap, &data) ||
	    !l2tp_data_number(got->message.p, &data, &n))
		return false;
	at = n.number % CAPTURE_SEEN;
	if (cp->seen[at].set == call->set->id && cp->seen[at].number == n.number)
		return true;
	cp->seen[at].set = call->set->id;
	cp->seen[at].number = n.number;
	return false;
}

void capture_give(struct capture *cp, const struct call *call, const struct dataplane_captured *got)
{
	uint8_t bytes[CAPTURE_HEADER_MAX];
	struct wbuf head = wbuf_of(bytes, sizeof(bytes));
	struct capture_bytes body = got->packet;

	if (cp->wrapper) {
		if (!body.p) {
			capture_put_wrapper(&head, &got->from, &got->to, &got->message);
			body = got->message;
		}
	} else if (got->dropped || l2tp_is_control(got->message.p, got->message.cap) ||
		   (call && was_sent(cp, call, got)) ||
		   capture_put_content(&head, got->sent, got->session, &got->message, &body)) {
		return;
	}
	put(cp, got->ns, &head, &body);
}

void capture_data(void *controller, const struct dataplane_captured *got)
{
	struct controller *c = controller;
	struct call *call = c->captures ? call_by_key(c, got->session) : NULL;

	if (!call)
		return;
	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (call->captures & 1u << i)
			capture_give(c->captures->slot[i], call, got);
	capture_keep(c->captures, call, got);
}

/* t and call: whose it is, as far as that is known. Returns whose captures have it now. */
static uint32_t give_control(struct captures *all, const struct tunnel *t, struct call *call,
			     const struct dataplane_captured *got, uint32_t not_to)
{
	uint32_t given = 0;

	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cp = all->slot[i];

		if (!cp || !cp->wrapper || (not_to & 1u << i) ||
		    !((t && capture_takes_tunnel(cp, t)) || (call && (call->captures & 1u << i))))
			continue;
		capture_give(cp, call, got);
		given |= 1u << i;
	}
	if (call)
		capture_keep(all, call, got);
	return given;
}

static void describe(struct dataplane_captured *got, const uint8_t *msg, size_t len)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	got->ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	got->message = (struct capture_bytes){.p = msg, .cap = len, .len = len};
}

/* The ids in a control message's header (RFC 2661 3.1), which all have a length. */
static struct l2x_session_key ids(const uint8_t *msg, size_t len)
{
	struct rbuf b = rbuf_of(msg, len);
	struct l2x_session_key key;

	rbuf_u32(&b);
	key.tunnel_id = rbuf_u16(&b);
	key.session_id = rbuf_u16(&b);
	return key;
}

void capture_control_received(struct controller *c, const struct udp_path *path, const uint8_t *msg,
			      size_t len)
{
	const struct l2x_session_key key = ids(msg, len);
	struct captures *all = c->captures;
	struct l2tp_tunnel *l;

	if (!all)
		return;
	dataplane_tap_read(c->dp);
	all->current = (struct dataplane_captured){.from = path->peer, .to = path->local};
	describe(&all->current, msg, len);
	l = l2tp_tunnel_by_id(c->l2tp, key.tunnel_id);
	all->current_to = give_control(all, l ? l2tp_tunnel_user(l) : NULL, call_by_key(c, key),
				       &all->current, 0);
}

void capture_control_done(struct controller *c)
{
	if (c->captures)
		c->captures->current.message.p = NULL;
}

static const struct tunnel *tunnel_to(const struct controller *c, const struct udp_path *path,
				      uint16_t peer_id)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->tunnels) {
		const struct tunnel *t = list_item(i, struct tunnel, in_controller);

		/* It is just being dialled, and this is its first message. */
		if (!t->l2tp && !peer_id)
			return t;
		if (t->l2tp && l2tp_tunnel_peer_id(t->l2tp) == peer_id &&
		    endpoint_eq(&l2tp_tunnel_path(t->l2tp)->peer, &path->peer))
			return t;
	}
	return NULL;
}

static struct call *call_to(const struct tunnel *t, uint16_t peer_id)
{
	struct list *i, *keep;

	list_for_each(i, keep, &t->calls) {
		struct call *call = list_item(i, struct call, in_tunnel);

		if (peer_id && call->l2tp && l2tp_session_peer_id(call->l2tp) == peer_id)
			return call;
	}
	return NULL;
}

void capture_control_sent(struct controller *c, const struct udp_path *path, const uint8_t *msg,
			  size_t len)
{
	struct dataplane_captured got = {.from = path->local, .to = path->peer, .sent = true};
	const struct l2x_session_key key = ids(msg, len);
	const struct tunnel *t;

	if (!c->captures)
		return;
	dataplane_tap_read(c->dp);
	describe(&got, msg, len);
	t = tunnel_to(c, path, key.tunnel_id);
	if (t)
		give_control(c->captures, t, call_to(t, key.session_id), &got, 0);
}

/* Is there something to tell of what was missed? */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct captures *all = arg;

	(void)fd;
	(void)what;
	all->data_path_missed = dataplane_tap_missed(all->c->dp);
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cp = all->slot[i];

		if (cp && cp->missed + all->data_path_missed - cp->missed_before != cp->told)
			put(cp, 0, NULL, NULL);
	}
}

static void close_all(struct captures *all)
{
	all->c->captures = NULL;
	dataplane_tap_close(all->c->dp);
	if (all->tick)
		event_free(all->tick);
	free(all);
}

static int open_all(struct controller *c)
{
	struct captures *all;
	int err;

	if (c->captures)
		return 0;
	all = calloc(1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	all->c = c;
	all->tick = event_new(c->base, -1, EV_PERSIST, on_tick, all);
	err = !all->tick || event_add(all->tick, &tick) ? -ENOMEM : dataplane_tap_open(c->dp);
	c->captures = all;
	if (err)
		close_all(all);
	return err;
}

/* What has come by now is the client's. */
static void end(struct capture *cp)
{
	struct captures *all = cp->all;

	dataplane_tap_read(all->c->dp);
	all->data_path_missed = dataplane_tap_missed(all->c->dp);
	put(cp, 0, NULL, NULL);
	capture_calls_end(cp);
	api_stream_end(cp->stream);
	all->count--;
	log_debug(&all->c->log, "capture of \"%s\" ended", cp->name);
	free(cp->name);
	free(cp);
}

static void on_enough(void *arg)
{
	struct capture *cp = arg;
	struct captures *all = cp->all;

	end(cp);
	if (!all->count)
		close_all(all);
}

void captures_close(struct controller *c)
{
	if (!c->captures)
		return;
	for (unsigned i = 0; i < CAPTURES_MAX; i++)
		if (c->captures->slot[i])
			end(c->captures->slot[i]);
	close_all(c->captures);
}

static json_t *begin(struct controller *c, enum capture_kind kind, const char *name, bool wrapper,
		     struct api_stream *stream)
{
	struct capture *cp = calloc(1, sizeof(*cp));
	struct captures *all = c->captures;

	if (cp)
		cp->name = strdup(name);
	if (!cp || !cp->name) {
		free(cp);
		return api_error("no memory");
	}
	cp->all = all;
	cp->kind = kind;
	cp->wrapper = wrapper;
	cp->stream = stream;
	cp->missed_before = all->data_path_missed = dataplane_tap_missed(c->dp);
	while (all->slot[cp->index])
		cp->index++;
	all->slot[cp->index] = cp;
	all->count++;
	api_stream_begin(stream, &(struct api_stream_owner){.enough = on_enough, .arg = cp});
	capture_calls_begin(cp);
	log_debug(&c->log, "capture of \"%s\" begins", name);
	return json_pack("{s:b}", "ok", 1);
}

json_t *capture_command(void *controller, const json_t *request, struct api_stream *stream)
{
	static const char *const kinds[CAPTURE_KINDS] = {"session", "set", "tunnel", "user",
							 "calling"};
	const char *kind_name = json_string_value(json_object_get(request, "kind"));
	const char *name = json_string_value(json_object_get(request, "name"));
	bool wrapper = json_is_true(json_object_get(request, "wrapper"));
	struct controller *c = controller;
	unsigned kind = 0;
	json_t *answer;
	int err;

	while (kind < CAPTURE_KINDS && (!kind_name || strcmp(kinds[kind], kind_name)))
		kind++;
	if (kind == CAPTURE_KINDS || !name || !*name)
		return api_error("what is to be captured? session, set, tunnel, user or calling, "
				 "and its name");
	if (!capture_exists(c, kind, name))
		return api_error("there is no %s \"%s\"", kind_name, name);
	if (c->captures && c->captures->count == CAPTURES_MAX)
		return api_error("%u captures run already", CAPTURES_MAX);
	err = open_all(c);
	if (err)
		return api_error("cannot capture at the levels of XDP and tc: %s", strerror(-err));
	answer = begin(c, kind, name, wrapper, stream);
	if (!c->captures->count)
		close_all(c->captures);
	return answer;
}
