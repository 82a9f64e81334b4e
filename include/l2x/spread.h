/* SPDX-License-Identifier: GPL-2.0-only */
/* What bpf/spread.bpf.c is told before it is loaded. Host byte order. */
#ifndef L2X_SPREAD_H
#define L2X_SPREAD_H

#include <linux/types.h>

#define L2X_SPREAD_CPUS 256

struct l2x_spread {
	__u16 port; /* UDP port of L2TP */
	__u16 cpus; /* how many of cpu[] there are; not 0 */
	__u16 cpu[L2X_SPREAD_CPUS];
};

#endif
