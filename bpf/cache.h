/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs remember from one packet for the next: sessions (session.h) and ways (way.h). Each CPU
 * has its own part of each table and is alone in it: XDP and tc run with softirqs off, one behind the other.
 * What is remembered counts as long as the generation that it was found under (l2x/cache.h), which must be
 * read before what it stands for. Nothing remembered has the generation 0.
 */
#ifndef L2X_BPF_CACHE_H
#define L2X_BPF_CACHE_H

#include "l2x/cache.h"
#include "maps.h"

struct l2x_generations generations;

static __always_inline __u32 generation_read(const __u32 *g)
{
	return *(const volatile __u32 *)g;
}

/* A place in this CPU's part of a table. */
static __always_inline __u32 cache_place(__u32 hash)
{
	return bpf_get_smp_processor_id() * options.places + (hash & (options.places - 1));
}

#endif
