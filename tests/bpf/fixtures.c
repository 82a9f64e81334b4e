// SPDX-License-Identifier: GPL-2.0-only
/* What the programs must do with which packet. */
#include "fixtures.h"
#include "l2x/wire.h"

/* A fixture starts from a sound packet, and then says what differs. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* Frames between the peer and us, and between the payload's router and us. */
#define FROM_PEER .to = MAC_UNDER, .from = MAC_PEER
#define TO_PEER	  .to = MAC_PEER, .from = MAC_UNDER
#define FROM_NEXT .to = MAC_PAY, .from = MAC_NEXT
#define TO_NEXT	  .to = MAC_NEXT, .from = MAC_PAY

#define TUNNEL4	  FROM_PEER, .outer = 4, .inner = 4, .payload = 100
#define OUT4	  TO_NEXT, .inner = 4, .payload = 100, .ttl = 63
#define TUNNEL6	  FROM_PEER, .outer = 4, .inner = 6, .payload = 100
#define OUT6	  TO_NEXT, .inner = 6, .payload = 100, .ttl = 63

#define FIX	  (L2X_SESSION_IPV4 | L2X_SESSION_IPV6 | L2X_SESSION_MSS_FIX)

/* Offsets in the frame TUNNEL4 makes: Ethernet 14, IPv4 20, UDP 8, L2TP 6, PPP 4. */
#define AT_IP	 14
#define AT_UDP	 34
#define AT_L2TP	 42
#define AT_INNER 52

static void outer_options(struct packet *p)
{
	p->data[AT_IP] = 0x46;
	packet_ip4_fix(p, AT_IP);
}

static void outer_fragment(struct packet *p)
{
	p->data[AT_IP + 6] = 0x20; /* more fragments */
	packet_ip4_fix(p, AT_IP);
}

static void outer_checksum(struct packet *p)
{
	p->data[AT_IP + 10] ^= 1;
}

static void udp_longer(struct packet *p)
{
	p->data[AT_UDP + 4]++;
}

static void udp_shorter(struct packet *p)
{
	p->data[AT_UDP + 5] -= 1;
}

static void length_longer(struct packet *p)
{
	p->data[AT_L2TP + 2]++;
}

/* It ends in the offset pad. */
static void length_shorter(struct packet *p)
{
	p->data[AT_L2TP + 2] = 0;
	p->data[AT_L2TP + 3] = 12;
}

/* Only FF03 is left of the PPP header. */
static void length_in_ppp(struct packet *p)
{
	p->data[AT_L2TP + 2] = 0;
	p->data[AT_L2TP + 3] = 10;
}

static void version_3(struct packet *p)
{
	p->data[AT_L2TP + 1] = 3;
}

static void inner_version(struct packet *p)
{
	p->data[AT_INNER] = 0x55;
}

static void inner_ihl(struct packet *p)
{
	p->data[AT_INNER] = 0x44;
}

static void inner_longer(struct packet *p)
{
	p->data[AT_INNER + 3]++;
}

static void inner_short(struct packet *p)
{
	p->data[AT_INNER + 2] = 0;
	p->data[AT_INNER + 3] = 19;
}

static void inner6_longer(struct packet *p)
{
	p->data[AT_INNER + 5]++;
}

static void inner_fragment(struct packet *p)
{
	p->data[AT_INNER + 7] = 1;
	packet_ip4_fix(p, AT_INNER);
}

static void plain_fragment(struct packet *p)
{
	p->data[14 + 7] = 1;
	packet_ip4_fix(p, 14);
}

static void inner_checksum(struct packet *p)
{
	p->data[AT_INNER + 10] ^= 1;
}

static void inner6_hopopts(struct packet *p)
{
	p->data[AT_INNER + 6] = 0;
}

static void udp6_no_checksum(struct packet *p)
{
	p->data[14 + 40 + 6] = p->data[14 + 40 + 7] = 0;
}

static void multicast_mac(struct packet *p)
{
	p->data[0] = 3;
}

static void plain_checksum(struct packet *p)
{
	p->data[14 + 10] ^= 1;
}

static void plain_longer(struct packet *p)
{
	p->data[14 + 3]++;
}

static void no_ip(struct packet *p)
{
	p->data[12] = 0x08;
	p->data[13] = 0x06;
}

const struct fixture decap_fixtures[] = {
	{"IPv4", {TUNNEL4}, .outcome = REDIRECT, .out = {OUT4}},
	{"IPv6", {TUNNEL6}, .outcome = REDIRECT, .out = {OUT6}},
	{"IPv4, one VLAN tag", {TUNNEL4, .tags = {7}}, .outcome = REDIRECT, .out = {OUT4}},
	{"IPv6, two VLAN tags", {TUNNEL6, .tags = {8, 7}}, .outcome = REDIRECT, .out = {OUT6}},
	{"L", {TUNNEL4, .l2tp = L2TP_L | 2}, .outcome = REDIRECT, .out = {OUT4}},
	{"S", {TUNNEL4, .l2tp = L2TP_S | 2}, .outcome = REDIRECT, .out = {OUT4}},
	{"O without pad", {TUNNEL4, .l2tp = L2TP_O | 2}, .outcome = REDIRECT, .out = {OUT4}},
	{"O with pad",
	 {TUNNEL4, .l2tp = L2TP_O | 2, .pad = 17},
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"O with the longest pad",
	 {TUNNEL4, .l2tp = L2TP_O | 2, .pad = 128},
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"O with a longer pad", {TUNNEL4, .l2tp = L2TP_O | 2, .pad = 129}, .outcome = PASS},
	{"P", {TUNNEL4, .l2tp = L2TP_P | 2}, .outcome = REDIRECT, .out = {OUT4}},
	{"L, S, O, P and two tags",
	 {TUNNEL6, .l2tp = L2TP_L | L2TP_S | L2TP_O | L2TP_P | 2, .pad = 128, .tags = {8, 7}},
	 .outcome = REDIRECT,
	 .out = {OUT6}},
	{"reserved bits", {TUNNEL4, .l2tp = 0x34f0 | 2}, .outcome = REDIRECT, .out = {OUT4}},
	{"no FF03", {TUNNEL4, .ppp = PPP_LONG}, .outcome = REDIRECT, .out = {OUT4}},
	{"no FF03, compressed protocol",
	 {TUNNEL4, .ppp = PPP_SHORT},
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"FF03, compressed protocol",
	 {TUNNEL6, .ppp = PPP_FF03_SHORT},
	 .outcome = REDIRECT,
	 .out = {OUT6}},
	{"padding behind the inner packet",
	 {TUNNEL4, .slack = 5},
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"padding behind the Length",
	 {TUNNEL4, .slack = 5, .l2tp = L2TP_L | 2},
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"padding of the link", {TUNNEL4, .trailer = 6}, .outcome = REDIRECT, .out = {OUT4}},
	{"TTL that ends with the next router",
	 {TUNNEL4, .ttl = 2},
	 .outcome = REDIRECT,
	 .out = {OUT4, .ttl = 1}},
	{"IPv4 over IPv6",
	 {FROM_PEER, .outer = 6, .inner = 4, .payload = 100, .session = SESSION_6,
	  .src = "10.64.6.2"},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUT4, .src = "10.64.6.2"}},
	{"IPv6 over IPv6",
	 {FROM_PEER, .outer = 6, .inner = 6, .payload = 100, .session = SESSION_6,
	  .src = "2001:db8:64:6::9"},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUT6, .src = "2001:db8:64:6::9"}},
	{"any source",
	 {TUNNEL4, .src = "10.64.2.2"},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_ANY_SOURCE,
	 .outcome = REDIRECT,
	 .out = {OUT4, .src = "10.64.2.2"}},

	{"any peer",
	 {TUNNEL4, .osrc = "192.0.2.3", .osport = 1702},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_ANY_PEER,
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"SYN, MSS larger than fits",
	 {TUNNEL4, .mss = 1460},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1420}},
	{"SYN, MSS larger than fits, behind a compressed protocol: all is at odd offsets",
	 {TUNNEL4, .mss = 1460, .ppp = PPP_FF03_SHORT},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1420}},
	{"SYN, MSS larger than fits, IPv6",
	 {TUNNEL6, .mss = 1440},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT6, .mss = 1400}},
	{"SYN, MSS at an odd offset, session of a smaller MTU, VLAN, L, S and O",
	 {TUNNEL4, .mss = 9000, .odd = true, .tags = {7}, .l2tp = L2TP_L | L2TP_S | L2TP_O | 2,
	  .pad = 128},
	 .flags = FIX,
	 .mtu = 1300,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1260, .odd = true}},
	{"SYN, MSS that fits",
	 {TUNNEL4, .mss = 1420},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1420}},
	{"SYN, MSS larger than fits, not to be lowered",
	 {TUNNEL4, .mss = 1460},
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1460}},
	{"SYN with a wrong checksum: it stays wrong",
	 {TUNNEL4, .mss = 1460, .bad = 1},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1420, .bad = 1}},
	{"SYN that is a later fragment",
	 {TUNNEL4, .mss = 1460},
	 inner_fragment,
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {OUT4, .mss = 1460},
	 .out_change = plain_fragment},

	/* not for these programs */
	{"control message", {TUNNEL4, .l2tp = L2TP_T | L2TP_L | L2TP_S | 2}, .outcome = PASS},
	{"to another NIC on the wire", {TUNNEL4, .to = 0x77}, .outcome = PASS},
	{"from another address, to another NIC on the wire",
	 {TUNNEL4, .to = 0x77, .osrc = "192.0.2.3"},
	 .outcome = PASS},
	{"L2TPv3", {TUNNEL4}, version_3, .outcome = PASS},
	{"another port", {TUNNEL4, .odport = 1702}, .outcome = PASS},
	{"no such session", {TUNNEL4, .session = 77}, .outcome = PASS},
	{"no such tunnel", {TUNNEL4, .tunnel = 77}, .outcome = PASS},
	{"to another address of ours", {TUNNEL4, .odst = "198.51.100.1"}, .outcome = PASS},
	{"of a session of the other family", {TUNNEL4, .session = SESSION_6}, .outcome = PASS},
	{"outer options", {TUNNEL4}, outer_options, .outcome = PASS},
	{"outer fragment", {TUNNEL4}, outer_fragment, .outcome = PASS},
	{"outer checksum wrong", {TUNNEL4}, outer_checksum, .outcome = PASS},
	{"outer UDP over IPv6 without checksum",
	 {FROM_PEER, .outer = 6, .inner = 4, .payload = 100, .session = SESSION_6,
	  .src = "10.64.6.2"},
	 udp6_no_checksum,
	 .outcome = PASS},
	{"UDP longer than IP", {TUNNEL4}, udp_longer, .outcome = PASS},
	{"Length longer than UDP", {TUNNEL4, .l2tp = L2TP_L | 2}, length_longer, .outcome = PASS},
	{"Length that ends in the header",
	 {TUNNEL4, .l2tp = L2TP_L | L2TP_O | 2, .pad = 17, .osrc = "192.0.2.3"},
	 length_shorter,
	 .outcome = PASS},
	{"Length that ends in the PPP header",
	 {TUNNEL4, .l2tp = L2TP_L | 2},
	 length_in_ppp,
	 .outcome = PASS},
	{"LCP", {TUNNEL4, .proto = PPP_PROTO_LCP}, .outcome = PASS},
	{"nothing but a PPP header",
	 {FROM_PEER, .outer = 4, .proto = PPP_PROTO_LCP},
	 .outcome = PASS},
	{"session of userspace",
	 {TUNNEL4},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_USER_ONLY,
	 .outcome = PASS},
	{"S, numbers are checked",
	 {TUNNEL4, .l2tp = L2TP_S | 2},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_CHECK_NS,
	 .outcome = PASS},
	{"numbers are checked, but it has none",
	 {TUNNEL4},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_CHECK_NS,
	 .outcome = REDIRECT,
	 .out = {OUT4}},
	{"router solicitation", {TUNNEL6, .src = "fe80::1", .dst = "ff02::2"}, .outcome = PASS},
	{"link-local source", {TUNNEL6, .src = "fe80::1"}, .outcome = PASS},
	{"unspecified source", {TUNNEL6, .src = "::"}, .outcome = PASS},
	{"IPv4 multicast", {TUNNEL4, .dst = "224.0.0.5"}, .outcome = PASS},
	{"IPv4 broadcast", {TUNNEL4, .dst = "255.255.255.255"}, .outcome = PASS},
	{"IPv4 link-local", {TUNNEL4, .src = "169.254.1.1"}, .outcome = PASS},

	/* of the session, and refused */
	{"from another address",
	 {TUNNEL4, .osrc = "192.0.2.3"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_PEER},
	{"from another port",
	 {TUNNEL4, .osport = 1702},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_PEER},
	{"from another address, IPv6",
	 {FROM_PEER, .outer = 6, .inner = 4, .session = SESSION_6, .osrc = "2001:db8:1::3"},
	 .outcome = DROP,
	 .stats = 3,
	 .reason = L2X_DROP_BAD_PEER},
	{"LCP from another address",
	 {TUNNEL4, .proto = PPP_PROTO_LCP, .osrc = "192.0.2.3"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_PEER},
	{"IPv4 before IPCP",
	 {TUNNEL4},
	 .flags = L2X_SESSION_IPV6,
	 .outcome = DROP,
	 .reason = L2X_DROP_NOT_UP},
	{"IPv6 before IPV6CP",
	 {TUNNEL6},
	 .flags = L2X_SESSION_IPV4,
	 .outcome = DROP,
	 .reason = L2X_DROP_NOT_UP},
	{"inner version", {TUNNEL4}, inner_version, .outcome = DROP, .reason = L2X_DROP_BAD_INNER},
	{"inner header length",
	 {TUNNEL4},
	 inner_ihl,
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"inner longer than its tunnel packet",
	 {TUNNEL4},
	 inner_longer,
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"inner length less than its header",
	 {TUNNEL4},
	 inner_short,
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"inner IPv6 longer than its tunnel packet",
	 {TUNNEL6},
	 inner6_longer,
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"UDP that ends inside the inner packet",
	 {TUNNEL4},
	 udp_shorter,
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"IPv4 that says it is IPv6",
	 {TUNNEL4, .proto = PPP_PROTO_IPV6},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_INNER},
	{"another session's source",
	 {TUNNEL4, .src = "10.64.2.2"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_SOURCE},
	{"source of nobody",
	 {TUNNEL4, .src = "8.8.8.8"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_SOURCE},
	{"source of nobody, IPv6",
	 {TUNNEL6, .src = "2001:db8:66::1"},
	 .outcome = DROP,
	 .reason = L2X_DROP_BAD_SOURCE},

	/* Accepted, and for the kernel to forward: XDP leaves it to tc. Last, see first_for_kernel(). */
	{"TTL that ends here", {TUNNEL4, .ttl = 1}, .outcome = PASS},
	{"hop limit that ends here", {TUNNEL6, .ttl = 1}, .outcome = PASS},
	{"to this host", {TUNNEL4, .dst = "198.51.100.1"}, .outcome = PASS},
	{"routed in the main table only", {TUNNEL4, .dst = "192.0.2.77"}, .outcome = PASS},
	{"to a NIC that XDP does not forward to", {TUNNEL4, .dst = "203.0.114.1"}, .outcome = PASS},
	{"back into the tunnel", {TUNNEL4, .dst = "10.64.1.3"}, .outcome = PASS},
	{"next hop's MAC address unknown", {TUNNEL4, .dst = "203.0.116.1"}, .outcome = PASS},
	{"larger than the route's MTU",
	 {TUNNEL4, .dst = "203.0.115.1", .payload = 573},
	 .outcome = PASS},
	{"inner options", {TUNNEL4, .options = 4}, .outcome = PASS},
	{"inner checksum wrong", {TUNNEL4}, inner_checksum, .outcome = PASS},
	{"inner hop-by-hop options", {TUNNEL6}, inner6_hopopts, .outcome = PASS},
};
const size_t decap_count = sizeof(decap_fixtures) / sizeof(decap_fixtures[0]);

#define PLAIN4 .inner = 4, .src = "203.0.113.5", .dst = "10.64.1.2", .payload = 100
#define PLAIN6 .inner = 6, .src = "2001:db8:113::5", .dst = "2001:db8:64:1::2", .payload = 100
#define OUTSIDE \
	TO_PEER, .outer = 4, .osrc = "192.0.2.1", .odst = "192.0.2.2", .tunnel = 30, .session = 40
#define OUTSIDE6                                                                             \
	TO_PEER, .outer = 6, .osrc = "2001:db8:1::1", .odst = "2001:db8:1::2", .tunnel = 30, \
		 .session = 42
#define ENCAP4	 OUTSIDE, PLAIN4, .ttl = 63
#define ENCAP6	 OUTSIDE, PLAIN6, .ttl = 63
#define IN4	 FROM_NEXT, PLAIN4
#define IN6	 FROM_NEXT, PLAIN6
#define ONE_BYTE .payload = 1

const struct fixture encap_fixtures[] = {
	{"IPv4", {IN4}, .outcome = REDIRECT, .out = {ENCAP4}},
	{"IPv6", {IN6}, .outcome = REDIRECT, .out = {ENCAP6}},
	{"IPv4, without FF03",
	 {IN4},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_NO_FF03,
	 .outcome = REDIRECT,
	 .out = {ENCAP4, .ppp = PPP_LONG}},
	{"IPv6, without FF03",
	 {IN6},
	 .flags = L2X_SESSION_IPV6 | L2X_SESSION_NO_FF03,
	 .outcome = REDIRECT,
	 .out = {ENCAP6, .ppp = PPP_LONG}},
	{"padding of the link",
	 {FROM_NEXT, .inner = 4, .src = "203.0.113.5", .dst = "10.64.1.2", ONE_BYTE, .trailer = 17},
	 .outcome = REDIRECT,
	 .out = {OUTSIDE, .inner = 4, .src = "203.0.113.5", .dst = "10.64.1.2", ONE_BYTE,
		 .ttl = 63}},
	{"as large as the session takes", {IN4}, .mtu = 128, .outcome = REDIRECT, .out = {ENCAP4}},
	{"another session",
	 {IN4, .dst = "10.64.2.2"},
	 .outcome = REDIRECT,
	 .stats = 2,
	 .out = {ENCAP4, .dst = "10.64.2.2", .session = 41}},
	{"larger than the session takes", {IN4}, .mtu = 127, .outcome = PASS},
	{"larger than the session takes, IPv6", {IN6}, .mtu = 147, .outcome = PASS},
	{"TTL that ends here", {IN4, .ttl = 1}, .outcome = PASS},
	{"hop limit that ends here", {IN6, .ttl = 1}, .outcome = PASS},
	{"options", {IN4, .options = 4}, .outcome = PASS},
	{"checksum wrong", {IN4}, plain_checksum, .outcome = PASS},
	{"longer than the frame", {IN4}, plain_longer, .outcome = PASS},
	{"VLAN tag", {IN4, .tags = {7}}, .outcome = PASS},
	{"no IP", {IN4}, no_ip, .outcome = PASS},
	{"to another NIC on the wire", {IN4, .to = 0x77}, .outcome = PASS},
	{"multicast MAC address", {IN4}, multicast_mac, .outcome = PASS},
	{"no route to a session", {IN4, .dst = "10.64.3.2"}, .outcome = PASS},
	{"route to a session that is gone", {IN4, .dst = "10.64.9.2"}, .outcome = PASS},
	{"to another NIC", {IN4, .dst = "192.168.7.2"}, .outcome = PASS},
	{"to this host", {IN4, .dst = "192.0.2.1"}, .outcome = PASS},
	{"IPCP is not open", {IN4}, .flags = L2X_SESSION_IPV6, .outcome = PASS},
	{"IPV6CP is not open", {IN6}, .flags = L2X_SESSION_IPV4, .outcome = PASS},
	{"session of userspace",
	 {IN4},
	 .flags = L2X_SESSION_IPV4 | L2X_SESSION_USER_ONLY,
	 .outcome = PASS},
	{"SYN, MSS larger than fits",
	 {IN4, .mss = 1460},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {ENCAP4, .mss = 1420}},
	{"SYN, MSS larger than fits, IPv6, without FF03, odd",
	 {IN6, .mss = 1440, .odd = true},
	 .flags = FIX | L2X_SESSION_NO_FF03,
	 .outcome = REDIRECT,
	 .out = {ENCAP6, .mss = 1400, .odd = true, .ppp = PPP_LONG}},
	{"SYN, MSS that fits",
	 {IN4, .mss = 1420},
	 .flags = FIX,
	 .outcome = REDIRECT,
	 .out = {ENCAP4, .mss = 1420}},
	{"IPv4 over IPv6",
	 {IN4, .dst = "10.64.6.2"},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN4, .ttl = 63, .dst = "10.64.6.2"}},
	{"IPv4 over IPv6, padding of the link, odd length",
	 {IN4, .dst = "10.64.6.2", .payload = 3, .trailer = 15},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN4, .ttl = 63, .dst = "10.64.6.2", .payload = 3}},
	{"IPv6 over IPv6",
	 {IN6, .dst = "2001:db8:64:6::2"},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN6, .ttl = 63, .dst = "2001:db8:64:6::2"}},
	{"IPv6 over IPv6, as large as the session takes",
	 {IN6, .dst = "2001:db8:64:6::2", .payload = 1392},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN6, .ttl = 63, .dst = "2001:db8:64:6::2", .payload = 1392}},
	{"SYN over IPv6",
	 {IN4, .dst = "10.64.6.2", .mss = 1400},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN4, .ttl = 63, .dst = "10.64.6.2", .mss = 1400}},
	{"SYN over IPv6, MSS at an odd offset larger than fits",
	 {IN6, .dst = "2001:db8:64:6::2", .mss = 1440, .odd = true},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN6, .ttl = 63, .dst = "2001:db8:64:6::2", .mss = 1380, .odd = true}},
	{"SYN over IPv6 with a wrong checksum: only that is wrong",
	 {IN4, .dst = "10.64.6.2", .mss = 1440, .bad = 7},
	 .outcome = REDIRECT,
	 .stats = 3,
	 .out = {OUTSIDE6, PLAIN4, .ttl = 63, .dst = "10.64.6.2", .mss = 1400, .bad = 7}},
	{"loopback source", {IN4, .src = "127.0.0.1"}, .outcome = PASS},
};
const size_t encap_count = sizeof(encap_fixtures) / sizeof(encap_fixtures[0]);
