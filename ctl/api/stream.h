/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command whose answer is followed by more, until one end has had enough. What the owner puts is
 * kept until the client takes it, up to a bound, and no further: a slow client never holds up the
 * controller. Bytes from the client mean nothing; its end of file means that it wants no more, but still reads.
 */
#ifndef L2X_API_STREAM_H
#define L2X_API_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include "base/list.h"

struct bufferevent;
struct api_stream;

#define API_STREAM_ROOM (4u << 20) /* bytes */

struct api_stream_owner {
	/* The client wants no more, or is gone: api_stream_end() is to follow, within or later. */
	void (*enough)(void *arg);
	void *arg;
};

/* By whoever got the stream with its command. */
void api_stream_begin(struct api_stream *s, const struct api_stream_owner *owner);
/* Both, or nothing: false, there is no room for them. */
bool api_stream_put(struct api_stream *s, const void *head, size_t head_len, const void *data,
		    size_t len);
/* Nothing will be put any more. What was put leaves, and the stream is gone. */
void api_stream_end(struct api_stream *s);

/* The server's own: takes bev over once it has begun. NULL: no memory. */
struct api_stream *api_stream_new(struct bufferevent *bev, struct list *all);
bool api_stream_begun(const struct api_stream *s);
void api_stream_start(struct api_stream *s);
/* Begun or not; bev goes with one that has. */
void api_stream_free(struct api_stream *s);
void api_streams_free(struct list *all);

#endif
