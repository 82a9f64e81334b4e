// SPDX-License-Identifier: GPL-2.0-only
/* Random packets, see generate.h. */
#include "generate.h"
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "l2x/wire.h"
#include "lab.h"
#include "model.h"

#define ETH 14

void random_seed(struct random *r, uint64_t seed)
{
	r->state = seed;
}

/* splitmix64: any seed will do. */
unsigned random_below(struct random *r, unsigned n)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ z >> 31) >> 16) % n;
}

static bool one_in(struct random *r, unsigned n)
{
	return !random_below(r, n);
}

#define PICK(r, list) (list)[random_below(r, sizeof(list) / sizeof((list)[0]))]

/* An address of the session, or of one that is none. */
static const char *session_address(struct random *r, bool v6, unsigned id, char *text, size_t size)
{
	if (v6)
		snprintf(text, size, "2001:db8:64:%u::%x", id, 1 + random_below(r, 0xffff));
	else
		snprintf(text, size, "10.64.%u.%u", id, random_below(r, 256));
	return text;
}

static const char *odd_address(struct random *r, bool v6)
{
	static const char *const v4s[] = {"0.0.0.0",   "0.1.2.3",	 "127.0.0.1", "169.254.7.1",
					  "224.0.0.1", "239.1.2.3",	 "240.0.0.1", "8.8.8.8",
					  "192.0.2.1", "255.255.255.255"};
	static const char *const v6s[] = {"::",	     "::1",	"::2",	     "fe80::1",
					  "febf::1", "fec0::1", "ff02::2",   "ff0e::1",
					  "fc00::1", "2a00::1", "2001:db8::"};

	return v6 ? PICK(r, v6s) : PICK(r, v4s);
}

static const char *forward_address(struct random *r, bool v6)
{
	static const char *const v4s[] = {"203.0.113.5", "203.0.113.200", "203.0.113.9",
					  "203.0.113.5", "203.0.114.1",	  "203.0.115.7",
					  "203.0.115.8", "203.0.116.1",	  "198.51.100.1"};
	static const char *const v6s[] = {"2001:db8:113::5", "2001:db8:113:7::1", "2001:db8:113::6",
					  "2001:db8:2::1"};

	return v6 ? PICK(r, v6s) : PICK(r, v4s);
}

static size_t payload_size(struct random *r)
{
	switch (random_below(r, 6)) {
	case 0:
		return random_below(r, 5);
	case 1: /* about the MTUs 576, 600, 1400, 1440, 1460 and 1500 */
		return (size_t[]){576, 600, 1400, 1440, 1460, 1500}[random_below(r, 6)] - 60u +
		       random_below(r, 44);
	case 2:
		return 1200 + random_below(r, 500);
	default:
		return random_below(r, 300);
	}
}

static size_t l4_of(const struct packet *p, size_t ip)
{
	return ip + (p->data[ip] >> 4 == 6 ? 40 : (p->data[ip] & 15u) * 4);
}

static void set16(struct packet *p, size_t off, unsigned v)
{
	p->data[off] = (uint8_t)(v >> 8);
	p->data[off + 1] = (uint8_t)v;
}

/* TCP or UDP, whole and without options in front. */
static void inner_checksum(struct packet *p, size_t ip, size_t len)
{
	const bool tcp = p->data[ip + (p->data[ip] >> 4 == 6 ? 6 : 9)] == IPPROTO_TCP;
	const size_t l4 = l4_of(p, ip), check = l4 + (tcp ? 16 : 6);

	set16(p, check, 0);
	set16(p, check, packet_l4_sum(p, ip, l4, ip + len) ?: 0xffff);
}

/* Options of a SYN: some that make sense, some that do not. */
static void tcp_options(struct random *r, struct packet *p, size_t l4)
{
	static const uint8_t kinds[] = {0, 1, 1, 2, 2, 3, 4, 5, 8, 34, 253};
	size_t at = l4 + 20, end = l4 + 32;

	while (at < end) {
		p->data[at++] = PICK(r, kinds);
		if (p->data[at - 1] < 2 || at == end)
			continue;
		p->data[at++] = one_in(r, 2) ? 4 : (uint8_t)random_below(r, 13);
		for (unsigned n = random_below(r, 4); n && at < end; n--)
			p->data[at++] = (uint8_t)random_below(r, 256);
	}
	if (one_in(r, 8))
		p->data[l4 + 12] = (uint8_t)(random_below(r, 16) << 4);
	if (one_in(r, 3))
		p->data[l4 + 13] = (uint8_t)random_below(r, 256);
}

/* Something within the inner packet that is not as usual; what covers it is set right. */
static void vary_inner(struct random *r, struct packet *p, size_t ip, size_t len)
{
	static const uint8_t protocols[] = {1, 2, 41, 44, 47, 50, 58, 132, 255};
	const bool v6 = p->data[ip] >> 4 == 6;
	const size_t l4 = l4_of(p, ip);
	const bool tcp = p->data[ip + (v6 ? 6 : 9)] == IPPROTO_TCP;

	switch (random_below(r, 8)) {
	case 0:
	case 1:
		p->data[ip + (v6 ? 7 : 8)] = (uint8_t)random_below(r, 3);
		break;
	case 2:
	case 3:
		if (tcp)
			tcp_options(r, p, l4);
		inner_checksum(p, ip, len);
		break;
	case 4:
		if (!tcp)
			set16(p, l4 + 6, 0);
		break;
	case 5:
		if (!v6)
			set16(p, ip + 6, PICK(r, ((const unsigned[]){0x2000, 1, 0x4000, 0x2003})));
		break;
	case 6:
		p->data[ip + (v6 ? 6 : 9)] = v6 && one_in(r, 3) ? 0 : PICK(r, protocols);
		break;
	case 7:
		p->data[ip + 1] = (uint8_t)random_below(r, 256);
		break;
	}
	if (!v6)
		packet_ip4_fix(p, ip);
}

/* Something in it is wrong. */
static void spoil_inner(struct random *r, struct packet *p, size_t ip)
{
	const bool v6 = p->data[ip] >> 4 == 6;
	const size_t length = ip + (v6 ? 4 : 2),
		     was = (size_t)p->data[length] << 8 | p->data[length + 1];
	bool checksum = one_in(r, 2);

	switch (random_below(r, 6)) {
	case 0:
		p->data[ip] = (uint8_t)random_below(r, 256);
		break;
	case 1:
		set16(p, length, (unsigned)was + 1 + random_below(r, 30));
		break;
	case 2:
		set16(p, length, random_below(r, (unsigned)was + 1));
		break;
	case 3:
		set16(p, length, random_below(r, 60));
		break;
	case 4:
		if (!v6)
			p->data[ip + 10 + random_below(r, 2)] ^=
				(uint8_t)(1 + random_below(r, 255));
		checksum = false;
		break;
	case 5: /* of the transport, as much as it is there */
		p->data[l4_of(p, ip) + (one_in(r, 2) ? 6 : 16)] ^= 1;
		break;
	}
	if (!v6 && checksum && (p->data[ip] & 15) >= 5)
		packet_ip4_fix(p, ip);
}

static void inner_spec(struct random *r, struct spec *s)
{
	static const uint16_t sizes[] = {0xffff, 1460, 1461, 1420, 1421, 1400, 1361, 1360,
					 1359,	 1340, 1300, 536,  516,	 1,    9000};

	if (one_in(r, 3)) {
		s->mss = PICK(r, sizes);
		s->odd = one_in(r, 2);
		s->bad = one_in(r, 6) ? (uint8_t)random_below(r, 256) : 0;
	}
	if (s->inner == 4 && one_in(r, 12))
		s->options = (uint8_t)(4 * (1 + random_below(r, 10)));
	s->payload = payload_size(r);
}

static const struct known *any_session(struct random *r)
{
	return &model_sessions[random_below(r, (unsigned)model_session_count)];
}

/* The outside: right for the session more often than not. */
static void outer_spec(struct random *r, const struct known *to, struct spec *s)
{
	static const uint16_t protocols[] = {PPP_PROTO_LCP, PPP_PROTO_IPCP, 0xfd,   0x20,
					     0xff,	    0x2145,	    0x8057, 0x3d};
	const bool v6 = (to->family == 6) != one_in(r, 40);

	s->to = one_in(r, 50) ? 0x77 : MAC_UNDER;
	s->from = MAC_PEER;
	s->outer = v6 ? 6 : 4;
	s->osrc = v6 ? "2001:db8:1::2" : "192.0.2.2";
	if (one_in(r, 20))
		s->osrc = v6 ? "2001:db8:1::3" : "192.0.2.3";
	s->odst = v6		   ? to->local == 7 ? "2001:db8:1::7" : "2001:db8:1::1"
		  : to->local == 7 ? "192.0.2.7"
				   : "192.0.2.1";
	if (one_in(r, 30))
		s->odst = v6 ? "2001:db8:1::7" : "192.0.2.7";
	s->osport = one_in(r, 20) ? 1702 : to->peer_port;
	s->odport = one_in(r, 50) ? 1702 : 1701;
	s->l2tp = 2;
	for (int i = 0; i < 4; i++) {
		if (one_in(r, 3))
			s->l2tp |= (uint16_t[]){L2TP_L, L2TP_S, L2TP_O, L2TP_P}[i];
	}
	if (one_in(r, 10))
		s->l2tp |= random_below(r, 0x10000) & 0x34f0;
	if (one_in(r, 40))
		s->l2tp |= L2TP_T;
	if (one_in(r, 50))
		s->l2tp ^= 1 + random_below(r, 15);
	s->pad = (uint8_t)(one_in(r, 3) ? 124 + random_below(r, 8) : random_below(r, 30));
	s->pad = one_in(r, 30) ? 255 : s->pad;
	s->tunnel = one_in(r, 50) ? 11 : MODEL_TUNNEL;
	s->session = one_in(r, 50) ? 99 : to->id;
	s->ppp = (enum ppp_form)random_below(r, 4);
	s->proto = one_in(r, 15) ? PICK(r, protocols) : 0;
	s->slack = one_in(r, 8) ? random_below(r, 40) : 0;
	s->trailer = one_in(r, 8) ? random_below(r, 40) : 0;
	if (one_in(r, 8)) {
		s->tags[0] = (uint16_t)(1 + random_below(r, 4000));
		s->tags[1] = one_in(r, 2) ? 7 : 0;
	}
}

/* Something outside is wrong: the frame ends early, or a byte of the headers is another one. */
static void spoil_outer(struct random *r, struct packet *p, size_t udp)
{
	const size_t l2tp = udp + 8;

	switch (random_below(r, 7)) {
	case 0:
		p->len = ETH + 20 + random_below(r, (unsigned)p->len - ETH - 20);
		break;
	case 1:
		set16(p, udp + 4, random_below(r, (unsigned)(p->len - udp) + 20));
		break;
	case 2: /* of the Length, where there is one; or the tunnel's id */
		set16(p, l2tp + 2, random_below(r, one_in(r, 2) ? 40 : (unsigned)p->len));
		break;
	case 3:
		p->data[ETH + 6] ^= 0x20;
		break;
	case 4:
		p->data[l2tp + random_below(r, 24)] ^= (uint8_t)(1 << random_below(r, 8));
		break;
	case 5:
		p->data[ETH + random_below(r, 40)] ^= (uint8_t)(1 << random_below(r, 8));
		break;
	case 6:
		p->data[l2tp + random_below(r, 24)] = (uint8_t)random_below(r, 256);
		break;
	}
	if (one_in(r, 2) && (p->data[ETH] & 0xf) >= 5 && p->data[ETH] >> 4 == 4)
		packet_ip4_fix(p, ETH);
}

/* No operation, four times, behind the outer header. */
static void outer_options(struct packet *p)
{
	memmove(p->data + ETH + 24, p->data + ETH + 20, p->len - ETH - 20);
	memset(p->data + ETH + 20, 1, 4);
	p->len += 4;
	p->data[ETH] = 0x46;
	set16(p, ETH + 2, ((unsigned)p->data[ETH + 2] << 8 | p->data[ETH + 3]) + 4);
	packet_ip4_fix(p, ETH);
}

void generate_received(struct random *r, struct packet *p)
{
	const struct known *to = any_session(r);
	struct spec s = {.inner = one_in(r, 2) ? 6 : 4};
	char src[64], dst[64];
	size_t inner, udp;
	bool v6 = s.inner == 6;

	outer_spec(r, to, &s);
	inner_spec(r, &s);
	s.src = session_address(r, v6, one_in(r, 12) ? any_session(r)->id : to->id, src,
				sizeof(src));
	s.dst = forward_address(r, v6);
	if (one_in(r, 20))
		s.src = odd_address(r, v6);
	if (one_in(r, 12))
		s.dst = one_in(r, 2) ? odd_address(r, v6)
				     : session_address(r, v6, to->id, dst, sizeof(dst));
	packet_build(p, &s);
	inner = p->len - s.trailer - s.slack - packet_inner_len(&s);
	udp = ETH + (s.tags[0] ? 4 : 0) + (s.tags[1] ? 4 : 0) + (s.outer == 6 ? 40 : 20);
	if (one_in(r, 3))
		vary_inner(r, p, inner, packet_inner_len(&s));
	if (one_in(r, 10))
		spoil_inner(r, p, inner);
	if (s.outer == 4 && !s.tags[0] && one_in(r, 40))
		outer_options(p);
	else if (!s.tags[0] && one_in(r, 8))
		spoil_outer(r, p, udp);
	/* None over IPv4, mostly; over IPv6 there must be one. */
	if (s.outer == 6 ? !one_in(r, 20) : one_in(r, 8))
		model_udp_fix(p);
	else if (one_in(r, 2))
		set16(p, udp + 6, one_in(r, 10) ? model_udp_pseudo(p) : random_below(r, 3));
}

void generate_sent(struct random *r, struct packet *p)
{
	struct spec s = {.to = one_in(r, 50) ? 0x77 : MAC_PAY,
			 .from = MAC_NEXT,
			 .inner = one_in(r, 2) ? 6 : 4};
	char dst[64];
	bool v6 = s.inner == 6;
	size_t end;

	inner_spec(r, &s);
	s.src = v6 ? "2001:db8:113::5" : "203.0.113.5";
	s.dst = session_address(r, v6, one_in(r, 30) ? 99 : any_session(r)->id, dst, sizeof(dst));
	if (one_in(r, 20))
		s.src = odd_address(r, v6);
	if (one_in(r, 20))
		s.dst = odd_address(r, v6);
	s.trailer = one_in(r, 8) ? random_below(r, 40) : 0;
	s.tags[0] = one_in(r, 40) ? 5 : 0;
	packet_build(p, &s);
	end = p->len - s.trailer;
	if (s.tags[0])
		return;
	if (one_in(r, 3))
		vary_inner(r, p, ETH, end - ETH);
	if (one_in(r, 10))
		spoil_inner(r, p, ETH);
	if (one_in(r, 40))
		p->len = ETH + 20 + random_below(r, (unsigned)p->len - ETH - 20);
}
