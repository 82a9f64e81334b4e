// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures (docs/capture.md): what is received and sent in watched sessions, from all levels, in the order
 * of its times. A packet is captured by the level that finishes it. The programs of XDP and tc report it
 * (bpf_capture.h); userspace tells here, before it acts on a message, or when it is done with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "dataplane/bpf_capture.h"
#include "dataplane/private.h"
#include "wire/l2tp_data.h"

struct tap {
	struct dataplane *dp;
	struct bpf_capture *bpf; /* NULL: userspace is all there is */
	struct event *readable, *tick;
	uint64_t realtime;    /* ns: what CLOCK_REALTIME is ahead of CLOCK_MONOTONIC */
	struct session *kept; /* that the message in bytes was received in */
	size_t kept_len;
	uint8_t bytes[UDP_MAX];
};

static const struct timeval tick = {.tv_usec = 20000};

static bool for_session(const struct session *s, const struct endpoint *local)
{
	return s && s->watched && ip_addr_eq(&s->path.local.ip, &local->ip);
}

static void on_frame(void *arg, const struct bpf_frame *f)
{
	struct tap *tap = arg;
	struct dataplane *dp = tap->dp;
	struct dataplane_captured got = {.ns = f->ns + tap->realtime,
					 .sent = f->sent,
					 .dropped = f->dropped,
					 .session = f->session};
	struct capture_outer outer;
	struct l2tp_data data;

	if (capture_outer_parse(&f->bytes, &outer) ||
	    l2tp_data_parse(outer.message.p, outer.message.cap, &data))
		return;
	if (!f->sent)
		got.session = (struct l2x_session_key){.tunnel_id = data.tunnel_id,
						       .session_id = data.session_id};
	if (!for_session(table_session(&dp->table, got.session), f->sent ? &outer.from : &outer.to))
		return;
	got.from = outer.from;
	got.to = outer.to;
	got.packet = outer.packet;
	got.message = outer.message;
	dp->ops->captured(dp->owner, &got);
}

static void look(struct tap *tap)
{
	if (!tap->bpf)
		return;
	tap->realtime = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	bpf_capture_read(tap->bpf);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

static int open_bpf(struct tap *tap, const struct dataplane *dp)
{
	struct bpf_capture_setup setup = {
		.bpf = dp->bpf,
		.frame = on_frame,
		.arg = tap,
	};
	int err;

	if (!dp->bpf)
		return 0;
	err = bpf_capture_open(&tap->bpf, &setup);
	if (err)
		return err;
	tap->readable = event_new(dp->base, bpf_capture_fd(tap->bpf), EV_READ | EV_PERSIST,
				  on_readable, tap);
	tap->tick = event_new(dp->base, -1, EV_PERSIST, on_readable, tap);
	if (!tap->readable || !tap->tick || event_add(tap->readable, NULL) ||
	    event_add(tap->tick, &tick))
		return -ENOMEM;
	return 0;
}

int dataplane_tap_open(struct dataplane *dp)
{
	struct tap *tap = calloc(1, sizeof(*tap));
	int err;

	if (!tap)
		return -ENOMEM;
	tap->dp = dp;
	err = open_bpf(tap, dp);
	dp->tap = tap;
	if (err)
		dataplane_tap_close(dp);
	return err;
}

void dataplane_tap_close(struct dataplane *dp)
{
	struct tap *tap = dp->tap;

	if (!tap)
		return;
	dp->tap = NULL;
	if (tap->readable)
		event_free(tap->readable);
	if (tap->tick)
		event_free(tap->tick);
	bpf_capture_close(tap->bpf);
	free(tap);
}

void dataplane_tap_read(struct dataplane *dp)
{
	if (dp->tap)
		look(dp->tap);
}

uint64_t dataplane_tap_missed(const struct dataplane *dp)
{
	return dp->tap && dp->tap->bpf ? bpf_capture_missed(dp->tap->bpf) : 0;
}

int dataplane_watch(struct dataplane *dp, struct l2x_session_key key, bool on)
{
	struct session *s = table_session(&dp->table, key);

	if (!s || !dp->tap || s->watched == on)
		return s ? 0 : -ENOENT;
	s->watched = on;
	if (!on && dp->tap->bpf)
		bpf_capture_unwatch(dp->tap->bpf, s);
	return on && dp->tap->bpf ? bpf_capture_watch(dp->tap->bpf, s) : 0;
}

void tap_session_changes(struct dataplane *dp, struct session *s, bool after)
{
	if (!s || !s->watched || !dp->tap || !dp->tap->bpf)
		return;
	if (after)
		bpf_capture_watch(dp->tap->bpf, s);
	else
		bpf_capture_unwatch(dp->tap->bpf, s);
}

void tap_keep(struct dataplane *dp, const uint8_t *message, size_t len)
{
	struct tap *tap = dp->tap;
	struct l2tp_data data;

	tap->kept = NULL;
	if (l2tp_data_parse(message, len, &data))
		return;
	tap->kept =
		table_session(&dp->table, (struct l2x_session_key){.tunnel_id = data.tunnel_id,
								   .session_id = data.session_id});
	if (!tap->kept || !tap->kept->watched) {
		tap->kept = NULL;
		return;
	}
	memcpy(tap->bytes, message, len);
	tap->kept_len = len;
}

static void tell(struct dataplane *dp, struct dataplane_captured *got, size_t len)
{
	/* What the other levels saw until now was before. */
	look(dp->tap);
	got->ns = clock_ns(CLOCK_REALTIME);
	got->message = (struct capture_bytes){.p = dp->tap->bytes, .cap = len, .len = len};
	dp->ops->captured(dp->owner, got);
}

void tap_received(struct dataplane *dp, const struct udp_path *path, bool taken)
{
	struct tap *tap = dp->tap;
	struct dataplane_captured got = {.from = path->peer, .to = path->local, .dropped = !taken};

	if (!tap || !tap->kept)
		return;
	got.session = tap->kept->key;
	tap->kept = NULL;
	tell(dp, &got, tap->kept_len);
}

void tap_sent(struct dataplane *dp, const struct session *s, const void *header, size_t header_len,
	      const void *data, size_t len)
{
	struct dataplane_captured got = {.session = s->key,
					 .from = s->path.local,
					 .to = s->path.peer,
					 .sent = true};
	struct tap *tap = dp->tap;

	if (!tap || !s->watched || header_len + len > sizeof(tap->bytes))
		return;
	if (header_len)
		memcpy(tap->bytes, header, header_len);
	memcpy(tap->bytes + header_len, data, len);
	tell(dp, &got, header_len + len);
}
