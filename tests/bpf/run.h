/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that is run with a packet by BPF_PROG_TEST_RUN, and what came of it. */
#ifndef L2X_TESTS_BPF_RUN_H
#define L2X_TESTS_BPF_RUN_H

#include "fixtures.h"

struct target {
	const char *name;
	bool xdp;
	int fd;
	unsigned ifindex;
	enum l2x_level level;
	bool encap;
};

enum outcome run(const struct target *t, const struct packet *in, struct packet *out);
/* XDP may run, and redirect, on under0 and pay0. */
void run_open_nics(struct lab *lab);

#endif
