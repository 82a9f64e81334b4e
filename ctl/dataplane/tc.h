/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our tc filters: one a direction and interface, of a fixed priority and handle, at the clsact
 * hooks. Other filters there are not touched.
 */
#ifndef L2X_DATAPLANE_TC_H
#define L2X_DATAPLANE_TC_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>
#include "net/net.h"

/* *made_qdisc: there was no clsact qdisc before. -EEXIST: there is a filter in our place. */
int tc_attach(unsigned ifindex, enum bpf_tc_attach_point point, int prog_fd, bool *made_qdisc);
/* remove_qdisc: if there is nothing left at it. Quiet when the interface or the filter is gone. */
void tc_detach(struct net *net, unsigned ifindex, enum bpf_tc_attach_point point,
	       bool remove_qdisc);
/* The id of the program in our place, or 0. */
uint32_t tc_program(unsigned ifindex, enum bpf_tc_attach_point point);

#endif
