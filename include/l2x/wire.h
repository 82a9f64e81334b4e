/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is on the wire and is read by both sides, the BPF programs and the controller: the L2TP
 * header's bits (RFC 2661 3.1) and PPP protocol numbers (RFC 1661 2, IANA "PPP DLL Protocol
 * Numbers").
 *
 * Values are in host order: compare them with what ntohs()/bpf_ntohs() gives.
 */
#ifndef L2X_WIRE_H
#define L2X_WIRE_H

/* First 16 bits of every L2TP packet, RFC 2661 3.1. */
#define L2TP_T		  0x8000 /* control message */
#define L2TP_L		  0x4000 /* Length present */
#define L2TP_S		  0x0800 /* Ns and Nr present */
#define L2TP_O		  0x0200 /* Offset Size (and pad) present */
#define L2TP_P		  0x0100 /* priority, data messages only */
#define L2TP_VER_MASK	  0x000f
#define L2TP_VER	  2
#define L2TP_PORT	  1701

#define L2TP_CTRL_HDR_LEN 12 /* flags, length, tunnel id, session id, Ns, Nr */
#define L2TP_DATA_HDR_MIN 6  /* flags, tunnel id, session id */
#define L2TP_DATA_HDR_MAX 14 /* with L, S and O; the offset pad comes on top */

/*
 * The extended form of a set's sequence numbers (docs/sets.md), in the offset pad:
 *
 *   | magic number, 32 bits | epoch, 16 bits | sequence number, 48 bits |
 */
#define L2X_PAD_LEN   12
#define L2X_PAD_MAGIC 0x4c325831 /* "L2X1" */

/* RFC 1662 3.1: address and control field, often sent over L2TP although no one needs it. */
#define PPP_ALLSTATIONS_UI 0xff03

/* RFC 1661 2: below are network protocols, from here on frames that control them and the link. */
#define PPP_PROTO_CONTROL 0x4000

#define PPP_PROTO_IPV4	  0x0021
#define PPP_PROTO_IPV6	  0x0057
#define PPP_PROTO_IPCP	  0x8021
#define PPP_PROTO_IPV6CP  0x8057
#define PPP_PROTO_LCP	  0xc021
#define PPP_PROTO_PAP	  0xc023
#define PPP_PROTO_CHAP	  0xc223

#endif
