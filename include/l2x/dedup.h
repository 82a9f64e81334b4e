/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiver of an `ha` set (docs/sets.md): is this packet the first with its number? One source
 * for the BPF programs, the userspace level and the model that steps through it.
 *
 * Per set W slots, a power of two; number n stands in slot n mod W. A slot is one 64-bit word that
 * is changed by compare and swap only, so there is no lock, and no CPU waits for another:
 *
 *   plain     | time, 39 bits | number div W, 16 bits | generation, 8 bits | 0 |
 *   extended  | time, 25 bits | number div W, 22 bits | epoch, 16 bits     | 1 |
 *
 * All but the time is the tag. A packet is a duplicate when its slot holds its tag, and that not
 * longer ago than the tolerated skew.
 *
 * Why the widths do. Time counts units of about a millisecond. An alias would be a slot that nobody
 * has touched while its time came round, and then a packet with the same tag. Plain tags do come
 * again, after 65,536 numbers, so their time is long: 18 years, more than the clock (of the time
 * since boot) ever shows. Extended tags hold the low 32 bits of the number (W is at least 1024) and
 * the epoch. The same tag comes again after 4 billion numbers, of which every W-th touches the slot,
 * or with a sender that takes the same epoch a second time; 25 bits of time are 9 hours.
 *
 * The generation is the receiver's own, and stands for the epoch that plain numbers lack: it changes
 * when the last leg has gone, so what comes on new legs is not taken for a copy of what came before.
 * It is never 0, and so a slot that was never used matches nothing.
 */
#ifndef L2X_DEDUP_H
#define L2X_DEDUP_H

#include <linux/types.h>
#include "counters.h"

/* Linux 6.1's verifier refuses loops that the compiler has turned inside out. */
#ifdef __bpf__
#define L2X_UNROLL _Pragma("unroll")
#else
#define L2X_UNROLL
#endif

#define L2X_DEDUP_UNIT_SHIFT  20 /* ns to units: a shift, not a division */
#define L2X_DEDUP_UNIT	      (1ull << L2X_DEDUP_UNIT_SHIFT)
#define L2X_DEDUP_WINDOW_MIN  10 /* log2 of W */
#define L2X_DEDUP_WINDOW_MAX  16 /* all plain numbers */
#define L2X_DEDUP_WINDOW      14
#define L2X_DEDUP_SKEW_MAX    60000 /* ms */
#define L2X_DEDUP_PLAIN_BITS  25
#define L2X_DEDUP_EXTEND_BITS 39

/* What a packet says of itself. */
struct l2x_number {
	__u64 number; /* 16 bits plain, 48 extended */
	__u16 epoch;  /* extended: the sender's; plain: the receiver's generation */
	_Bool extended;
};

enum l2x_dedup {
	L2X_DEDUP_FIRST,
	L2X_DEDUP_LATE,	     /* has come before, but W numbers or more than the skew ago: passes */
	L2X_DEDUP_DUPLICATE, /* to be dropped */
};

static inline __u64 l2x_dedup_place(const struct l2x_number *n, __u32 window)
{
	return n->number & ((1u << window) - 1);
}

static inline __u32 l2x_dedup_tag_bits(const struct l2x_number *n)
{
	return n->extended ? L2X_DEDUP_EXTEND_BITS : L2X_DEDUP_PLAIN_BITS;
}

static inline __u64 l2x_dedup_tag(const struct l2x_number *n, __u32 window)
{
	if (n->extended)
		return (__u64)((__u32)n->number >> window) << 17 | (__u64)n->epoch << 1 | 1;
	return (__u64)((__u16)n->number >> window) << 9 | (__u64)(__u8)n->epoch << 1;
}

/*
 * What the slot's content says of the packet; nothing is changed. age: how long ago the first copy
 * came, in units; 0 also where that was "later", on a CPU that has read its clock after us.
 */
static inline enum l2x_dedup l2x_dedup_judge(__u64 slot, const struct l2x_number *n, __u32 window,
					     __u32 skew, __u64 now, __u64 *age)
{
	const __u32 bits = l2x_dedup_tag_bits(n);
	/* Of the tag, what tells one sequence from another, and above it how many bits of number. */
	const __u32 low = n->extended ? 17 : 9, wide = (n->extended ? 32 : 16) - window;
	const __u64 tag = l2x_dedup_tag(n, window), other = (slot ^ tag) & ((1ull << bits) - 1);
	const __u64 behind = (now - (slot >> bits)) & (~0ull >> bits);
	const __u64 ahead = (0 - behind) & (~0ull >> bits);
	const _Bool young = behind <= skew || ahead <= skew;
	__u64 later;

	*age = behind <= ahead ? behind : 0;
	if (!other && young)
		return L2X_DEDUP_DUPLICATE;
	if (!other)
		return n->extended ? L2X_DEDUP_LATE : L2X_DEDUP_FIRST;
	if (!young || (other & ((1u << low) - 1)))
		return L2X_DEDUP_FIRST;
	/* A number of the same sequence, not long ago. Does ours come W or more behind it? */
	later = ((slot >> low) - (tag >> low)) & ((1ull << wide) - 1);
	return later < 1ull << wide >> 1 ? L2X_DEDUP_LATE : L2X_DEDUP_FIRST;
}

/* The model of the tests stops each CPU here. */
#ifndef L2X_DEDUP_STEP
#define L2X_DEDUP_STEP()
#endif

/* Each lost race is one that another CPU has won, with a number W away. */
#define L2X_DEDUP_TRIES 4

/*
 * The decision: the packet takes its slot, unless it is a duplicate. One that comes W numbers behind
 * leaves the slot to the newer one, whose other copies are still to come.
 */
static inline enum l2x_dedup l2x_dedup_take(__u64 *slot, const struct l2x_number *n, __u32 window,
					    __u32 skew, __u64 now, __u64 *age)
{
	const __u32 bits = l2x_dedup_tag_bits(n);
	const __u64 tag = l2x_dedup_tag(n, window), ours = now << bits | tag;

	L2X_UNROLL
	for (int i = 0; i < L2X_DEDUP_TRIES; i++) {
		enum l2x_dedup verdict;
		__u64 old;

		L2X_DEDUP_STEP();
		old = *(volatile __u64 *)slot;
		verdict = l2x_dedup_judge(old, n, window, skew, now, age);
		if (verdict == L2X_DEDUP_DUPLICATE)
			return verdict;
		if (verdict == L2X_DEDUP_LATE && ((old ^ tag) & ((1ull << bits) - 1)))
			return verdict;
		L2X_DEDUP_STEP();
		if (__sync_val_compare_and_swap(slot, old, ours) == old)
			return verdict;
	}
	return L2X_DEDUP_FIRST;
}

/*
 * How far the sender's numbers have got, to tell what has been lost: l2x_set_state.newest, one word
 *
 *   | extended, 1 bit | epoch or generation, 16 bits | number, 47 bits |
 *
 * with plain numbers unwrapped. It is moved on in steps of L2X_NEWEST_STEP, so that it is seldom
 * written; each CPU keeps for itself the newest that it has seen, and adds up how far it has moved
 * the shared one. So the numbers expected are the sum of those ways, and what the newest of the
 * CPUs is ahead of the shared one.
 *
 * A plain number up to L2X_NEWEST_BEHIND behind is an old one, else there is a gap in front of it.
 */
#define L2X_NEWEST_BITS	  47
#define L2X_NEWEST_NUMBER ((1ull << L2X_NEWEST_BITS) - 1)
#define L2X_NEWEST_STEP	  64
#define L2X_NEWEST_BEHIND 16384

/* How far the number is ahead of that in the word, which is of the same sequence. */
static inline __s64 l2x_newest_ahead(__u64 newest, const struct l2x_number *n)
{
	__u16 ahead = (__u16)(n->number - newest);

	if (n->extended)
		return (__s64)((n->number - newest) << (64 - L2X_NEWEST_BITS)) >>
		       (64 - L2X_NEWEST_BITS);
	return ahead > 0xffff - L2X_NEWEST_BEHIND ? (__s64)ahead - 0x10000 : ahead;
}

/* A first copy came. c: this CPU's. */
static inline void l2x_newest_note(__u64 *shared, struct l2x_set_counters *c,
				   const struct l2x_number *n)
{
	const __u64 old = *(volatile __u64 *)shared;
	const __u64 sequence = ((__u64)n->extended << 16 | n->epoch) << L2X_NEWEST_BITS;
	__s64 ahead = 1;
	__u64 word = sequence | (n->number & L2X_NEWEST_NUMBER);

	if (old && !((old ^ sequence) >> L2X_NEWEST_BITS)) {
		ahead = l2x_newest_ahead(old, n);
		word = sequence | ((old + (__u64)ahead) & L2X_NEWEST_NUMBER);
		if (ahead <= 0)
			return;
		if (word > c->newest || (c->newest ^ word) >> L2X_NEWEST_BITS)
			c->newest = word;
		if (ahead < L2X_NEWEST_STEP)
			return;
	}
	if (__sync_val_compare_and_swap(shared, old, word) == old)
		c->expected += (__u64)ahead;
}

static inline __u32 l2x_skew_class(__u64 age)
{
	__u32 class = 0;

	if (age >> (L2X_SKEW_CLASSES - 2))
		return L2X_SKEW_CLASSES - 1;
	L2X_UNROLL
	for (int shift = 8; shift; shift /= 2)
		if (age >> shift) {
			age >>= shift;
			class += (__u32)shift;
		}
	return class + (__u32)age;
}

static inline void l2x_leg_count(struct l2x_leg_counters *leg, enum l2x_dedup verdict, __u64 age,
				 __u64 now)
{
	leg->last = now;
	if (verdict == L2X_DEDUP_DUPLICATE) {
		leg->duplicate++;
		leg->skew[l2x_skew_class(age) & (L2X_SKEW_CLASSES - 1)]++;
		return;
	}
	leg->first++;
	if (verdict == L2X_DEDUP_LATE)
		leg->late++;
}

#endif
