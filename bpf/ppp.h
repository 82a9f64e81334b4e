/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PPP header in front of a payload packet: address and control field or not (RFC 1661 6.6),
 * protocol field of two bytes or compressed to one (RFC 1661 6.5). Both are taken whether or not
 * they were negotiated, as one can tell them apart: FF is never the start of a protocol field.
 */
#ifndef L2X_BPF_PPP_H
#define L2X_BPF_PPP_H

#include "l2x/wire.h"
#include "parse.h"

/* Moves *off behind the header, which must not reach behind end. Returns the protocol. */
static __always_inline int parse_ppp(const struct pkt *p, __u64 *off, __u64 end)
{
	__u64 at = *off;
	int hi, lo;

	hi = pkt_u8(p, at);
	if (hi == PPP_ALLSTATIONS_UI >> 8) {
		lo = pkt_u8(p, at + 1);
		if (lo != (PPP_ALLSTATIONS_UI & 0xff))
			return -1;
		at += 2;
		hi = pkt_u8(p, at);
	}
	if (hi < 0)
		return -1;
	at++;
	if (!(hi & 1)) {
		lo = pkt_u8(p, at);
		if (lo < 0)
			return -1;
		hi = hi << 8 | lo;
		at++;
	}
	if (at > end)
		return -1;
	*off = at;
	return hi;
}

#endif
