// SPDX-License-Identifier: GPL-2.0-only
/* The forms of captured packets, see capture.h. */
#include "wire/capture.h"

#include <errno.h>
#include <string.h>
#include "wire/checksum.h"
#include "wire/l2tp_data.h"
#include "wire/ppp_packet.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_PPPOE 0x8864
#define IP4_FRAGMENT	0x3fff /* RFC 791 3.1 */
#define SLL_TO_US	0      /* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
#define SLL_BY_US	4
#define ARPHRD_PPP_TYPE 512
#define PPPOE_VERSION	0x11 /* and type, RFC 2516 4 */
#define PPPOE_SESSION	0

#define IP4_HDR		20
#define IP6_HDR		40
#define UDP_HDR		8
#define IP_DEFAULT_TTL	64

static struct ip_addr take_addr(struct rbuf *b, uint8_t family)
{
	struct ip_addr a = {.family = family};
	size_t n = family == AF_INET ? 4 : 16;
	const uint8_t *p = rbuf_take(b, n);

	if (p)
		memcpy(a.bytes, p, n);
	return a;
}

static int parse_ip4(struct rbuf *b, struct capture_outer *out)
{
	uint8_t start = rbuf_u8(b);

	rbuf_take(b, 1);
	out->packet.len = rbuf_u16(b);
	rbuf_take(b, 2);
	if (start != 0x45 || (rbuf_u16(b) & IP4_FRAGMENT))
		return -EBADMSG;
	rbuf_take(b, 1);
	if (rbuf_u8(b) != IPPROTO_UDP)
		return -EBADMSG;
	rbuf_take(b, 2);
	out->from.ip = take_addr(b, AF_INET);
	out->to.ip = take_addr(b, AF_INET);
	return 0;
}

static int parse_ip6(struct rbuf *b, struct capture_outer *out)
{
	uint8_t next;

	rbuf_take(b, 4);
	out->packet.len = IP6_HDR + (size_t)rbuf_u16(b);
	next = rbuf_u8(b);
	rbuf_take(b, 1);
	out->from.ip = take_addr(b, AF_INET6);
	out->to.ip = take_addr(b, AF_INET6);
	return next == IPPROTO_UDP ? 0 : -EBADMSG;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

int capture_outer_parse(const struct capture_bytes *frame, struct capture_outer *out)
{
	struct rbuf b = rbuf_of(frame->p, frame->cap);
	uint16_t type, udp_len;
	int err;

	*out = (struct capture_outer){0};
	rbuf_take(&b, 12);
	type = rbuf_u16(&b);
	for (int i = 0; i < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ); i++) {
		rbuf_take(&b, 2);
		type = rbuf_u16(&b);
	}
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return -EBADMSG;
	out->packet.p = b.p;
	out->packet.cap = rbuf_left(&b);
	err = type == ETHERTYPE_IPV4 ? parse_ip4(&b, out) : parse_ip6(&b, out);
	if (err)
		return err;
	out->from.port = rbuf_u16(&b);
	out->to.port = rbuf_u16(&b);
	udp_len = rbuf_u16(&b);
	rbuf_take(&b, 2);
	if (b.short_read || udp_len < UDP_HDR || udp_len > out->packet.len)
		return -EBADMSG;
	/* What the link has put behind is no part of it. */
	out->packet.cap = least(out->packet.cap, out->packet.len);
	out->message.p = b.p;
	out->message.len = (size_t)udp_len - UDP_HDR;
	out->message.cap = least(rbuf_left(&b), out->message.len);
	return 0;
}

static void set_u16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put_udp(struct wbuf *b, const struct endpoint *from, const struct endpoint *to,
		    size_t len)
{
	wbuf_u16(b, from->port);
	wbuf_u16(b, to->port);
	wbuf_u16(b, (uint16_t)len);
	wbuf_u16(b, 0);
}

static void put_ip4(struct wbuf *b, const struct endpoint *from, const struct endpoint *to,
		    size_t udp)
{
	uint8_t *start = b->p;

	wbuf_u16(b, 0x4500);
	wbuf_u16(b, (uint16_t)(udp + IP4_HDR));
	wbuf_u32(b, 0);
	wbuf_u8(b, IP_DEFAULT_TTL);
	wbuf_u8(b, IPPROTO_UDP);
	wbuf_u16(b, 0);
	wbuf_bytes(b, from->ip.bytes, 4);
	wbuf_bytes(b, to->ip.bytes, 4);
	set_u16(start + 10, checksum_of(checksum_add(0, start, IP4_HDR)));
	put_udp(b, from, to, udp);
}

static void put_ip6(struct wbuf *b, const struct endpoint *from, const struct endpoint *to,
		    size_t udp, const struct capture_bytes *message)
{
	uint8_t *start = b->p;
	uint16_t check;
	uint32_t sum;

	wbuf_u16(b, 0x6000);
	wbuf_u16(b, 0);
	wbuf_u16(b, (uint16_t)udp);
	wbuf_u8(b, IPPROTO_UDP);
	wbuf_u8(b, IP_DEFAULT_TTL);
	wbuf_bytes(b, from->ip.bytes, 16);
	wbuf_bytes(b, to->ip.bytes, 16);
	put_udp(b, from, to, udp);
	/* There must be one (RFC 8200 8.1). */
	sum = checksum_add((uint32_t)udp + IPPROTO_UDP, start + 8, 2 * 16 + UDP_HDR);
	check = checksum_of(checksum_add(sum, message->p, message->cap));
	set_u16(start + IP6_HDR + 6, check ? check : 0xffff);
}

void capture_put_wrapper(struct wbuf *b, const struct endpoint *from, const struct endpoint *to,
			 const struct capture_bytes *message)
{
	const size_t udp = message->len + UDP_HDR;

	if (from->ip.family == AF_INET)
		put_ip4(b, from, to, udp);
	else
		put_ip6(b, from, to, udp, message);
}

static void put_cooked(struct wbuf *b, bool sent, struct l2x_session_key session, uint16_t type)
{
	wbuf_u16(b, sent ? SLL_BY_US : SLL_TO_US);
	wbuf_u16(b, ARPHRD_PPP_TYPE);
	wbuf_u16(b, 6); /* bytes of the address, as local as its second bit says */
	wbuf_u16(b, 0x0200);
	wbuf_u16(b, session.tunnel_id);
	wbuf_u16(b, session.session_id);
	wbuf_u16(b, 0);
	wbuf_u16(b, type);
}

int capture_put_content(struct wbuf *b, bool sent, struct l2x_session_key session,
			const struct capture_bytes *message, struct capture_bytes *content)
{
	const size_t cut = message->len - message->cap;
	struct l2tp_data data;
	size_t header;
	int protocol;

	if (l2tp_data_parse(message->p, message->cap, &data))
		return -EBADMSG;
	*content = (struct capture_bytes){.p = message->p + data.payload, .cap = data.payload_len};
	protocol = ppp_frame_parse(content->p, content->cap, &header);
	if (protocol < 0)
		return protocol;
	content->p += header;
	content->cap -= header;
	content->len = content->cap + cut;
	if (protocol == PPP_PROTO_IPV4 || protocol == PPP_PROTO_IPV6) {
		put_cooked(b, sent, session,
			   protocol == PPP_PROTO_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
		return 0;
	}
	put_cooked(b, sent, session, ETHERTYPE_PPPOE);
	wbuf_u8(b, PPPOE_VERSION);
	wbuf_u8(b, PPPOE_SESSION);
	wbuf_u16(b, session.session_id);
	wbuf_u16(b, (uint16_t)(content->len + 2));
	wbuf_u16(b, (uint16_t)protocol);
	return 0;
}
