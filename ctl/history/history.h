/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How lines, sets and tunnels have been: for each name a ring of slots of 100 seconds, 25 hours back, with round trip
 * times, lost echoes, traffic, and what became of the copies of a set. A name is what stays the same when a session comes back (entry
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
#define HISTORY_NONE	 UINT16_MAX /* not measured */
#define HISTORY_SKEWS	 16	    /* classes */

/* Each kind has names of its own. */
enum history_kind { HISTORY_LINES, HISTORY_SETS, HISTORY_TUNNELS, HISTORY_KINDS };

/*
 * 26 bytes. Numbers that may be large are packed: up to 4095 as they are, above that rounded to one of 2048 steps between
 * a power of two and the next, which is wrong by less than 0.03 %.
 */
struct history_slot {
	uint16_t rx_packets, tx_packets, rx_bytes, tx_bytes; /* packed */
	uint16_t echoes, lost;		    /* packed; answered or given up, and given up */
	uint16_t rtt_min, rtt_avg, rtt_max; /* tenths of a millisecond, or HISTORY_NONE */
	uint16_t drops;			    /* packed */
	uint16_t duplicates, missing;	    /* packed; of a set or a leg, or HISTORY_NONE */
	uint8_t up;   /* seconds with a session; 0: there was none, and nothing counts */
	uint8_t skew; /* half the copies, and 99 % of them, were in this class; four bits each */
};

/* What a packed number stands for; what is larger than any of them is told as the largest. */
uint16_t history_pack(uint64_t n);
uint64_t history_unpack(uint16_t packed);

/* Copies of a set's packets: what came first, what came behind another one by less than 2^i units, what did not come. */
struct history_copies {
	uint64_t first, missing;
	uint32_t skew[HISTORY_SKEWS];
};

/* What has come to pass since the sample before. */
struct history_sample {
	uint32_t seconds; /* that it covers; 0: it adds to those of others */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, drops;
	uint32_t echoes, lost;
	/* ms; of the echoes - lost that were answered, if any */
	uint32_t rtt_min, rtt_max;
	uint64_t rtt_sum;
	bool has_copies;
	struct history_copies copies;
};

/* slot.c: samples are added up in full, and make a slot; and as much as it still tells of them. */
void history_sum_add(struct history_sample *sum, const struct history_sample *s);
struct history_slot history_slot_of(const struct history_sample *sum);
struct history_sample history_slot_sum(const struct history_slot *s);

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
	/* Of the last sample: for who wants to know how it is now. */
	struct {
		uint64_t rtt_sum;
		uint32_t answered;
	} last;
	struct history_sample sum; /* of the newest slot, in full */
	bool summed;		   /* it is */
	uint32_t written;	   /* mark of who writes a file */
	uint32_t last_slot;	   /* number of the newest one: seconds / HISTORY_STEP */
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
/*
 * Below how many units this share of the copies were behind the first; the first ones count, as 0.
 */
unsigned history_skew(const struct history_copies *c, double share);
static inline unsigned history_skew_half(const struct history_slot *s)
{
	return s->skew >> 4 ? 1u << ((s->skew >> 4) - 1) : 0;
}
static inline unsigned history_skew_most(const struct history_slot *s)
{
	return s->skew & 15 ? 1u << ((s->skew & 15) - 1) : 0;
}

/*
 * Files. A file is a head and a record for each name, each with its own checksum: what is behind a
 * broken one is lost, what is before it is not. Numbers are in network order.
 */
#define HISTORY_HEAD	   8
#define HISTORY_RECORD_MAX (16 + HISTORY_NAME_MAX + HISTORY_SLOTS * sizeof(struct history_slot))
void history_write_head(uint8_t out[HISTORY_HEAD]);
/* Length of the record; out has HISTORY_RECORD_MAX bytes. */
size_t history_write(enum history_kind kind, const struct history_entry *e, uint8_t *out);
/* 0, or -EPROTO: not one of these files. */
int history_read_head(const uint8_t head[HISTORY_HEAD]);
/*
 * The record at p: how long it is, 0 if len bytes are not all of it, -EBADMSG if it is broken. Its
 * name is then in the history of its kind, unless there is no room. What is later than now, or too old, is left out.
 */
long history_read(struct history of[HISTORY_KINDS], uint64_t now, const uint8_t *p, size_t len);

#endif
