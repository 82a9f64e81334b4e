/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How packets of a tunnel with a routing table of its own (`table:`) are told to the kernel's rules.
 * There are two kinds of rules for each such table, and after each of them one that says
 * "unreachable", so that the tunnel does not fall through to another table:
 *
 *   fwmark L2X_TABLE_MARK + table		what the controller and the tc programs send
 *   iif lo ipproto L2X_TABLE_PROTO sport table	what bpf_fib_lookup() is asked; it knows no mark before
 *						Linux 6.10, but has always known ports. No packet is
 *						of this protocol (RFC 3692: for experiments), so the
 *						rule is for these questions alone.
 */
#ifndef L2X_UNDERLAY_H
#define L2X_UNDERLAY_H

#define L2X_TABLE_MARK	0x6c320000 /* "l2" */
#define L2X_TABLE_PROTO 253
#define L2X_TABLE_MAX	65535

#endif
