// SPDX-License-Identifier: GPL-2.0-only
/* What a slot holds of the samples that fell into it, and what can be had back of it. See history.h. */
#include "history/history.h"

_Static_assert(sizeof(struct history_slot) == 26, "the manual says how many bytes a name takes");

/* A step is the 2048th of a power of two, from 2^11 of them on. */
#define PACK_BITS  11
#define PACK_EXACT (2u << PACK_BITS)
#define PACK_MOST  (HISTORY_NONE - 1)

uint16_t history_pack(uint64_t n)
{
	unsigned shift = 0;
	uint64_t packed;

	while (n >> shift >= PACK_EXACT)
		shift++;
	if (!shift)
		return (uint16_t)n;
	/* Rounded up, the last step is the first one of the next power. */
	packed = ((uint64_t)shift << PACK_BITS) + (n >> shift) + (n >> (shift - 1) & 1);
	return packed < PACK_MOST ? (uint16_t)packed : PACK_MOST;
}

uint64_t history_unpack(uint16_t packed)
{
	const unsigned shift = packed < PACK_EXACT ? 0 : (packed - (1u << PACK_BITS)) >> PACK_BITS;

	return (uint64_t)(packed - (shift << PACK_BITS)) << shift;
}

static uint64_t duplicates_of(const struct history_copies *c)
{
	uint64_t sum = 0;

	for (int i = 0; i < HISTORY_SKEWS; i++)
		sum += c->skew[i];
	return sum;
}

unsigned history_skew(const struct history_copies *c, double share)
{
	const uint64_t wanted = (uint64_t)(share * (double)(c->first + duplicates_of(c)));
	uint64_t seen = c->first;

	for (int i = 0; seen < wanted && i < HISTORY_SKEWS; i++) {
		seen += c->skew[i];
		if (seen >= wanted)
			return 1u << i;
	}
	return 0;
}

static uint64_t ms_of(uint16_t tenths)
{
	return tenths / 10u;
}

/*
 * A slot that was begun before a restart: as much of it as it still tells. Which copies were how late it does not; they
 * stand for what they were said to be. Of a leg, whatever came and was no duplicate was the first.
 */
struct history_sample history_slot_sum(const struct history_slot *s)
{
	struct history_sample sum = {
		.seconds = s->up,
		.rx_packets = history_unpack(s->rx_packets),
		.tx_packets = history_unpack(s->tx_packets),
		.rx_bytes = history_unpack(s->rx_bytes),
		.tx_bytes = history_unpack(s->tx_bytes),
		.drops = history_unpack(s->drops),
		.echoes = (uint32_t)history_unpack(s->echoes),
		.lost = (uint32_t)history_unpack(s->lost),
		.has_copies = s->missing != HISTORY_NONE,
	};

	if (sum.echoes > sum.lost && s->rtt_avg != HISTORY_NONE) {
		sum.rtt_min = (uint32_t)ms_of(s->rtt_min);
		sum.rtt_max = (uint32_t)ms_of(s->rtt_max);
		sum.rtt_sum = (uint64_t)s->rtt_avg * (sum.echoes - sum.lost) / 10;
	}
	if (sum.has_copies) {
		const uint64_t duplicates = history_unpack(s->duplicates);

		sum.copies.missing = history_unpack(s->missing);
		sum.copies.skew[(s->skew & 15) ? (s->skew & 15) - 1 : 0] = (uint32_t)duplicates;
		if (sum.rx_packets > duplicates)
			sum.copies.first = sum.rx_packets - duplicates;
	}
	return sum;
}

static void add_copies(struct history_copies *sum, const struct history_copies *c)
{
	sum->first += c->first;
	sum->missing += c->missing;
	for (int i = 0; i < HISTORY_SKEWS; i++)
		sum->skew[i] += c->skew[i];
}

void history_sum_add(struct history_sample *sum, const struct history_sample *s)
{
	if (s->echoes > s->lost) {
		const bool first = sum->echoes <= sum->lost;

		if (first || s->rtt_min < sum->rtt_min)
			sum->rtt_min = s->rtt_min;
		if (first || s->rtt_max > sum->rtt_max)
			sum->rtt_max = s->rtt_max;
		sum->rtt_sum += s->rtt_sum;
	}
	sum->seconds += s->seconds;
	sum->rx_packets += s->rx_packets;
	sum->tx_packets += s->tx_packets;
	sum->rx_bytes += s->rx_bytes;
	sum->tx_bytes += s->tx_bytes;
	sum->drops += s->drops;
	sum->echoes += s->echoes;
	sum->lost += s->lost;
	if (s->has_copies) {
		sum->has_copies = true;
		add_copies(&sum->copies, &s->copies);
	}
}

static uint16_t tenths(uint64_t ms)
{
	return ms >= HISTORY_NONE / 10 ? HISTORY_NONE - 1 : (uint16_t)(10 * ms);
}

static uint16_t mean_rtt(const struct history_sample *sum)
{
	const uint64_t answered = sum->echoes - sum->lost;
	const uint64_t mean = (10 * sum->rtt_sum + answered / 2) / answered;

	return mean < HISTORY_NONE ? (uint16_t)mean : HISTORY_NONE - 1;
}

/* 0: not behind; else the power of two, and one. */
static unsigned skew_class(unsigned units)
{
	unsigned n = 0;

	for (; units; units >>= 1)
		n++;
	return n < 15 ? n : 15;
}

struct history_slot history_slot_of(const struct history_sample *sum)
{
	struct history_slot slot = {
		.rx_packets = history_pack(sum->rx_packets),
		.tx_packets = history_pack(sum->tx_packets),
		.rx_bytes = history_pack(sum->rx_bytes),
		.tx_bytes = history_pack(sum->tx_bytes),
		.echoes = history_pack(sum->echoes),
		.lost = history_pack(sum->lost),
		.rtt_min = HISTORY_NONE,
		.rtt_avg = HISTORY_NONE,
		.rtt_max = HISTORY_NONE,
		.drops = history_pack(sum->drops),
		.duplicates = HISTORY_NONE,
		.missing = HISTORY_NONE,
		.up = (uint8_t)(sum->seconds < HISTORY_STEP ? sum->seconds : HISTORY_STEP),
	};
	if (sum->echoes > sum->lost) {
		slot.rtt_min = tenths(sum->rtt_min);
		slot.rtt_avg = mean_rtt(sum);
		slot.rtt_max = tenths(sum->rtt_max);
	}
	if (sum->has_copies) {
		slot.duplicates = history_pack(duplicates_of(&sum->copies));
		slot.missing = history_pack(sum->copies.missing);
		slot.skew = (uint8_t)(skew_class(history_skew(&sum->copies, 0.5)) << 4 |
				      skew_class(history_skew(&sum->copies, 0.99)));
	}
	return slot;
}
