/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How lines have been: for each name a ring of slots of 100 seconds, 25 hours back, with round trip
 * times, lost echoes and traffic. A name is what stays the same when a session comes back (entry
 * and login), not a session's id. Samples go in, slots and totals come out; times are seconds since
 * 1970 and are told by the caller, there is no clock and no file in here.
 *
 * Memory is bounded: sizeof(struct history_slot) * HISTORY_SLOTS bytes and a small head for a name,
 * taken as its time goes on, and a limit to the number of names. Beyond it, the name that has been
 * without a session for longest makes room.
 */
#ifndef L2X_HISTORY_HISTORY_H
#define L2X_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/list.h"

#define HISTORY_STEP	 100 /* seconds in a slot */
#define HISTORY_SLOTS	 904 /* 25 h, and the one that is being filled */
#define HISTORY_HOURS	 25
#define HISTORY_NAME_MAX 300
#define HISTORY_UNIT	 256 /* bytes that a slot counts in */
#define HISTORY_NO_RTT	 UINT16_MAX

/* 28 bytes. Round trip times in tenths of a millisecond. What does not fit is told as the largest. */
struct history_slot {
	uint32_t rx_packets, tx_packets;
	uint32_t rx_units, tx_units; /* payload bytes, in HISTORY_UNIT */
	uint16_t rtt_min, rtt_avg, rtt_max;
	uint16_t drops;
	uint8_t echoes, lost; /* answered or given up, and given up */
	uint8_t up;	      /* seconds with a session; 0: there was none, and nothing counts */
	uint8_t spare;
};

/* What has come to pass since the sample before. */
struct history_sample {
	uint32_t seconds; /* that it covers */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, drops;
	uint32_t echoes, lost;
	/* ms; of the echoes - lost that were answered, if any */
	uint32_t rtt_min, rtt_max;
	uint64_t rtt_sum;
};

/* Since this name is known here; not kept in files. */
struct history_totals {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, drops, echoes, lost;
	uint64_t starts; /* sessions that came up */
};

struct history_entry {
	struct list in_order; /* of names, as they came */
	struct list in_idle;  /* without a session, the longest first */
	struct history_entry *next;
	char *name;
	unsigned live;	/* sessions that are up */
	uint64_t ended; /* when the last one was not any more */
	struct history_totals totals;
	/* The last sample that had any: for who wants to know how it is now. */
	struct history_sample last;
	uint32_t answered;  /* echoes of the current slot, for its average */
	uint64_t rtt_sum;   /* ms, of these */
	uint32_t written;   /* mark of who writes a file */
	uint32_t last_slot; /* number of the newest one: seconds / HISTORY_STEP */
	uint16_t count, room, newest;
	struct history_slot *slots; /* a ring, slots[newest] is last_slot */
};

struct history {
	struct list order, idle;
	struct history_entry **buckets;
	uint32_t seed;
	uint32_t count, max, buckets_count;
};

/* seed: names may be chosen by strangers, see base/hash.h. 0 or -ENOMEM. */
int history_init(struct history *h, uint32_t max_names, uint32_t seed);
void history_free(struct history *h);

struct history_entry *history_find(const struct history *h, const char *name); /* or NULL */
/* NULL: no memory, or each of the names has a session, or the name is too long. */
struct history_entry *history_get(struct history *h, const char *name);

/* A session of this name comes up; it goes. Between both, samples. */
void history_start(struct history_entry *e);
void history_end(struct history *h, struct history_entry *e, uint64_t now);
/* It has none, since then. */
void history_idle(struct history *h, struct history_entry *e, uint64_t since);
void history_add(struct history_entry *e, uint64_t now, const struct history_sample *s);

/* Slot i of e->count, the oldest first, and when it began. */
const struct history_slot *history_slot(const struct history_entry *e, unsigned i, uint64_t *began);
/* A slot as it is to be, by its number; those that are newer are forgotten. false: no memory. */
bool history_put(struct history_entry *e, uint32_t number, const struct history_slot *slot);
static inline uint64_t history_bytes(uint32_t units)
{
	return (uint64_t)units * HISTORY_UNIT;
}

/*
 * Files. A file is a head and a record for each name, each with its own checksum: what is behind a
 * broken one is lost, what is before it is not. Numbers are in network order.
 */
#define HISTORY_HEAD	   8
#define HISTORY_RECORD_MAX (16 + HISTORY_NAME_MAX + HISTORY_SLOTS * sizeof(struct history_slot))
void history_write_head(uint8_t out[HISTORY_HEAD]);
/* Length of the record; out has HISTORY_RECORD_MAX bytes. */
size_t history_write(const struct history_entry *e, uint8_t *out);
/* 0, or -EPROTO: not one of these files. */
int history_read_head(const uint8_t head[HISTORY_HEAD]);
/*
 * The record at p: how long it is, 0 if len bytes are not all of it, -EBADMSG if it is broken. Its
 * name is then in h, unless there is no room. What is later than now, or too old, is left out.
 */
long history_read(struct history *h, uint64_t now, const uint8_t *p, size_t len);

#endif
