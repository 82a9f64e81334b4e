// SPDX-License-Identifier: GPL-2.0-only
/* The reader's side of bpf/capture.h, see bpf_capture.h. */
#include "dataplane/bpf_capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGES_MOST  256 /* of the buffer of each CPU; as many as we may have, down to */
#define PAGES_LEAST 16	/* one frame */

/* A frame that was received on a CPU, by a hook, and waits for its fate. */
struct waiting {
	bool there;
	struct l2x_capture_event event;
	uint8_t *bytes; /* room for L2X_CAPTURE_SNAP; NULL: none yet */
};

struct item {
	struct bpf_frame frame;
	size_t at; /* of its bytes */
};

struct bpf_capture {
	struct bpf_capture_setup setup;
	struct bpf_capture_maps maps;
	struct perf_buffer *events;
	int cpus;
	struct waiting *waiting; /* [cpu][hook] */
	struct item *items;	 /* of one reading */
	size_t items_count, items_room;
	uint8_t *bytes;
	size_t bytes_used, bytes_room;
	uint64_t missed; /* for want of memory here */
};

static void add_item(struct bpf_capture *c, const struct l2x_capture_event *e, const uint8_t *bytes,
		     bool dropped)
{
	struct item *item;

	if (c->items_count == c->items_room) {
		size_t room = c->items_room ? 2 * c->items_room : 256;
		struct item *more = realloc(c->items, room * sizeof(*more));

		if (!more)
			goto missed;
		c->items = more;
		c->items_room = room;
	}
	if (c->bytes_used + e->cap > c->bytes_room) {
		size_t room = 2 * c->bytes_room + L2X_CAPTURE_SNAP;
		uint8_t *more = realloc(c->bytes, room);

		if (!more)
			goto missed;
		c->bytes = more;
		c->bytes_room = room;
	}
	item = &c->items[c->items_count++];
	*item = (struct item){
		.frame = {.ns = e->ns,
			  .sent = e->kind == L2X_CAPTURE_SENT,
			  .dropped = dropped,
			  .session = e->session,
			  .bytes = {.cap = e->cap, .len = e->len}},
		.at = c->bytes_used,
	};
	memcpy(c->bytes + c->bytes_used, bytes, e->cap);
	c->bytes_used += e->cap;
	return;
missed:
	c->missed++;
}

static void keep_waiting(struct bpf_capture *c, struct waiting *w,
			 const struct l2x_capture_event *e, const uint8_t *bytes)
{
	w->there = false;
	if (!w->bytes)
		w->bytes = malloc(L2X_CAPTURE_SNAP);
	if (!w->bytes) {
		c->missed++;
		return;
	}
	w->there = true;
	w->event = *e;
	memcpy(w->bytes, bytes, e->cap);
}

static enum bpf_perf_event_ret on_event(void *arg, int cpu, struct perf_event_header *header)
{
	struct {
		struct perf_event_header header;
		uint32_t size;
		uint8_t bytes[];
	} *sample = (void *)header;
	struct bpf_capture *c = arg;
	struct l2x_capture_event e;
	struct waiting *w;

	/* The programs know themselves what was lost. */
	if (header->type != PERF_RECORD_SAMPLE || sample->size < sizeof(e))
		return LIBBPF_PERF_EVENT_CONT;
	memcpy(&e, sample->bytes, sizeof(e));
	if (e.cap > L2X_CAPTURE_SNAP || e.cap > sample->size - sizeof(e) ||
	    e.hook >= L2X_CAPTURE_HOOKS || cpu >= c->cpus)
		return LIBBPF_PERF_EVENT_CONT;
	w = &c->waiting[cpu * L2X_CAPTURE_HOOKS + e.hook];
	switch (e.kind) {
	case L2X_CAPTURE_RECEIVED:
		keep_waiting(c, w, &e, sample->bytes + sizeof(e));
		break;
	case L2X_CAPTURE_FATE:
		if (w->there && e.fate != L2X_CAPTURE_LEFT)
			add_item(c, &w->event, w->bytes, e.fate == L2X_CAPTURE_DROPPED);
		w->there = false;
		break;
	case L2X_CAPTURE_SENT:
		add_item(c, &e, sample->bytes + sizeof(e), false);
		break;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

/* No wake-up for each frame, which would cost the CPU that forwards. */
static int open_events(struct bpf_capture *c)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = 1,
	};

	for (size_t pages = PAGES_MOST; pages >= PAGES_LEAST && !c->events; pages /= 2) {
		attr.wakeup_watermark = (uint32_t)(pages * (size_t)sysconf(_SC_PAGESIZE) / 4);
		c->events = perf_buffer__new_raw(c->maps.events, pages, &attr, on_event, c, NULL);
	}
	return c->events ? 0 : -errno;
}

int bpf_capture_open(struct bpf_capture **out, const struct bpf_capture_setup *setup)
{
	struct bpf_capture *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (!c)
		return err;
	c->setup = *setup;
	c->maps = bpf_capture_maps(setup->bpf);
	c->cpus = libbpf_num_possible_cpus();
	if (c->cpus < 0)
		err = c->cpus;
	else
		c->waiting = calloc((size_t)c->cpus * L2X_CAPTURE_HOOKS, sizeof(*c->waiting));
	if (!c->waiting)
		goto err;
	err = open_events(c);
	if (err)
		goto err;
	*c->maps.on = 1;
	*out = c;
	return 0;
err:
	bpf_capture_close(c);
	return err;
}

void bpf_capture_close(struct bpf_capture *c)
{
	if (!c)
		return;
	*c->maps.on = 0;
	perf_buffer__free(c->events);
	for (int i = 0; c->waiting && i < c->cpus * L2X_CAPTURE_HOOKS; i++)
		free(c->waiting[i].bytes);
	free(c->waiting);
	free(c->items);
	free(c->bytes);
	free(c);
}

int bpf_capture_fd(const struct bpf_capture *c)
{
	return perf_buffer__epoll_fd(c->events);
}

static int by_time(const void *one, const void *other)
{
	const struct item *a = one, *b = other;

	if (a->frame.ns != b->frame.ns)
		return a->frame.ns < b->frame.ns ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

void bpf_capture_read(struct bpf_capture *c)
{
	c->items_count = c->bytes_used = 0;
	perf_buffer__consume(c->events);
	if (!c->items_count)
		return;
	qsort(c->items, c->items_count, sizeof(*c->items), by_time);
	for (size_t i = 0; i < c->items_count; i++) {
		struct bpf_frame *f = &c->items[i].frame;

		f->bytes.p = c->bytes + c->items[i].at;
		c->setup.frame(c->setup.arg, f);
	}
}

/* Since the programs were loaded. */
uint64_t bpf_capture_missed(const struct bpf_capture *c)
{
	struct l2x_capture_state *states = calloc((size_t)c->cpus, sizeof(*states));
	uint64_t missed = c->missed;
	uint32_t zero = 0;

	if (!states)
		return missed;
	if (!bpf_map_lookup_elem(c->maps.states, &zero, states))
		for (int i = 0; i < c->cpus; i++)
			missed += states[i].missed;
	free(states);
	return missed;
}

static struct l2x_capture_peer peer_of(const struct session *s)
{
	struct l2x_capture_peer peer = {
		.port = htons(s->path.peer.port),
		.tunnel_id = htons(s->value.peer_tunnel_id),
		.session_id = htons(s->value.peer_session_id),
	};

	memcpy(peer.addr, s->path.peer.ip.bytes, sizeof(peer.addr));
	return peer;
}

int bpf_capture_watch(struct bpf_capture *c, const struct session *s)
{
	const struct l2x_capture_peer peer = peer_of(s);
	const uint8_t one = 1;

	if (bpf_map_update_elem(c->maps.watched_rx, &s->key, &one, BPF_ANY) ||
	    bpf_map_update_elem(c->maps.watched_tx, &peer, &s->key, BPF_ANY))
		return -errno;
	return 0;
}

void bpf_capture_unwatch(struct bpf_capture *c, const struct session *s)
{
	const struct l2x_capture_peer peer = peer_of(s);

	bpf_map_delete_elem(c->maps.watched_rx, &s->key);
	bpf_map_delete_elem(c->maps.watched_tx, &peer);
}
