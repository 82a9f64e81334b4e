/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for the tests of the BPF programs, made from a description. All members may be left out:
 * the default is a sound packet, so that a test names only what it is about.
 */
#ifndef L2X_TESTS_BPF_PACKET_H
#define L2X_TESTS_BPF_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 3000

struct packet {
	uint8_t data[PACKET_MAX];
	size_t len;
};

enum ppp_form {
	PPP_FF03_LONG, /* FF03, protocol of two bytes */
	PPP_LONG,
	PPP_SHORT, /* protocol of one byte */
	PPP_FF03_SHORT,
};

struct spec {
	/* Ethernet: last byte of the addresses 02:00:00:00:00:xx; a frame has as many tags as are not 0 */
	uint8_t to, from;
	uint16_t tags[2];
	/* outside: none without outer */
	int outer; /* 4 or 6 */
	const char *osrc, *odst;
	uint16_t osport, odport;
	uint16_t l2tp; /* flags; 0: version 2 and nothing else */
	uint16_t tunnel, session;
	uint8_t pad; /* bytes, with L2TP_O */
	enum ppp_form ppp;
	uint16_t proto; /* 0: what the inner family has */
	size_t slack; /* bytes behind the inner packet in the UDP payload, and behind the Length */
	/* inside */
	int inner; /* 4 or 6 */
	const char *src, *dst;
	uint8_t ttl;	 /* 0: 64 */
	uint8_t options; /* bytes of IPv4 options */
	uint16_t mss;	 /* a TCP SYN with this MSS option, instead of UDP */
	bool odd;	 /* the option starts at an odd offset */
	uint8_t bad;	 /* added to the TCP checksum: it is wrong */
	size_t payload;	 /* bytes behind the UDP or TCP header */
	size_t trailer;	 /* bytes behind the IP packet in the frame */
};

void packet_build(struct packet *p, const struct spec *s);
/* The IPv4 header at off: is its checksum right? set: make it so. */
bool packet_ip4_ok(const struct packet *p, size_t off);
void packet_ip4_fix(struct packet *p, size_t off);
/* Identifications differ from packet to packet: make it 0, when the header's checksum is right. */
void packet_normalise(struct packet *p, size_t off);
/* Of the pseudo header of the IP packet at ip and the bytes from l4 to end: 0 when the checksum in them is right. */
uint16_t packet_l4_sum(const struct packet *p, size_t ip, size_t l4, size_t end);
size_t packet_inner_len(const struct spec *s);
void packet_dump(const char *what, const struct packet *p);

#endif
