/* SPDX-License-Identifier: GPL-2.0-only */
/* The program that spreads packets over CPUs (bpf/spread.bpf.c), in front of XDP's. */
#ifndef L2X_DATAPLANE_SPREAD_H
#define L2X_DATAPLANE_SPREAD_H

#include <stdint.h>

struct spread;

/*
 * Over the CPUs that this process may use. xdp_fd: the program that runs there, loaded for
 * BPF_XDP_CPUMAP. -ERANGE: there is one CPU; -ENOMEM; else what the kernel says.
 */
int spread_open(struct spread **out, int xdp_fd, uint16_t port);
void spread_close(struct spread *s); /* NULL is allowed */

int spread_program_fd(const struct spread *s); /* for the NICs */
int spread_map_fd(const struct spread *s);
unsigned spread_cpus(const struct spread *s);

#endif
