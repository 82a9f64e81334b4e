/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When what XDP remembers on each CPU (bpf/session.h, bpf/way.h) is no longer true. The controller counts
 * up a number after each change of maps, and when the kernel tells it of one of its tables; what was
 * remembered under another number is not used. Sessions and addresses share some thousands of numbers, so
 * that one that comes or goes leaves nearly all others alone.
 */
#ifndef L2X_CACHE_H
#define L2X_CACHE_H

#include <linux/types.h>

#define L2X_GENERATIONS_LOG2 12
#define L2X_GENERATIONS	     (1 << L2X_GENERATIONS_LOG2)

struct l2x_generations {
	__u32 all;
	__u32 session[L2X_GENERATIONS]; /* by its own id */
	__u32 address[L2X_GENERATIONS]; /* by an inner IPv4 address */
};

static inline __u32 l2x_generation_of_session(__u16 session_id)
{
	return session_id & (L2X_GENERATIONS - 1);
}

/* In network byte order; its place is the same on all machines that matter: this one. */
static inline __u32 l2x_generation_of_address(__be32 addr)
{
	return (__u32)addr * 0x9e3779b1u >> (32 - L2X_GENERATIONS_LOG2);
}

#endif
