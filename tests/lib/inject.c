// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a fixed set of IPv4 and IPv6 packets on a network card, byte for byte, for tests that
 * compare what different levels of the data path make of the same packet. Prints how many it sent.
 *
 *   inject INTERFACE GATEWAY-MAC SOURCE4 DESTINATION4 SOURCE6 DESTINATION6
 *
 * The set holds what a forwarder may get wrong: shortest and longest payload, DSCP and ECN, flow
 * label, fragments, IP options and extension headers, low TTL, a protocol that nobody knows. No two
 * packets are equal, so they can be sorted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MTU 1460 /* of the lab's sessions */

struct spec {
	int family;
	uint8_t protocol; /* of the payload */
	uint8_t tos, ttl;
	uint16_t frag;	  /* IPv4: flags and offset; IPv6: of a fragment header, if not zero */
	uint8_t extra;	  /* IPv4: bytes of options, at most 8; IPv6: bytes of a destination options
			     header */
	uint32_t flow;	  /* IPv6 flow label */
	uint16_t payload; /* bytes behind the transport header */
};

static const struct spec specs[] = {
	{AF_INET, IPPROTO_UDP, 0, 64, 0, 0, 0, 0},
	{AF_INET, IPPROTO_UDP, 0, 64, IP_DF, 0, 0, 1},
	{AF_INET, IPPROTO_UDP, 0xb8, 255, IP_DF, 0, 0, 100},
	{AF_INET, IPPROTO_UDP, 0x03, 3, 0, 0, 0, 101},
	{AF_INET, IPPROTO_UDP, 0, 64, IP_DF, 0, 0, MTU - 28},
	{AF_INET, IPPROTO_UDP, 0, 64, 0, 8, 0, 102},
	{AF_INET, IPPROTO_UDP, 0, 64, IP_MF, 0, 0, 504},
	{AF_INET, IPPROTO_UDP, 0, 64, 64, 0, 0, 505},
	{AF_INET, IPPROTO_TCP, 0, 64, IP_DF, 0, 0, 0},
	{AF_INET, IPPROTO_TCP, 0x02, 64, IP_DF, 0, 0, MTU - 40},
	{AF_INET, IPPROTO_ICMP, 0, 64, 0, 0, 0, 56},
	{AF_INET, 253, 0, 64, 0, 0, 0, 33},
	{AF_INET6, IPPROTO_UDP, 0, 64, 0, 0, 0, 0},
	{AF_INET6, IPPROTO_UDP, 0xb8, 255, 0, 0, 0xabcde, 1},
	{AF_INET6, IPPROTO_UDP, 0x03, 3, 0, 0, 1, 100},
	{AF_INET6, IPPROTO_UDP, 0, 64, 0, 0, 0, MTU - 48},
	{AF_INET6, IPPROTO_UDP, 0, 64, 0, 8, 0, 101},
	{AF_INET6, IPPROTO_UDP, 0, 64, IP6F_MORE_FRAG, 0, 0, 504},
	{AF_INET6, IPPROTO_TCP, 0, 64, 0, 0, 0xfffff, 0},
	{AF_INET6, IPPROTO_TCP, 0x02, 64, 0, 0, 0, MTU - 60},
	{AF_INET6, IPPROTO_ICMPV6, 0, 64, 0, 0, 0, 56},
	{AF_INET6, 253, 0, 64, 0, 0, 0, 33},
};

static uint32_t sum(const void *data, size_t len, uint32_t start)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		start += p[0] << 8 | p[1];
	return len ? start + (p[0] << 8) : start;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s & 0xffff);
}

/* Transport header and payload at p; pseudo is the sum over the pseudo header's addresses. Returns
 * the length. */
static size_t transport(uint8_t *p, const struct spec *s, unsigned n, uint32_t pseudo)
{
	size_t head = 0, len, at = 0;
	bool icmp4 = s->protocol == IPPROTO_ICMP;

	switch (s->protocol) {
	case IPPROTO_UDP:
		head = sizeof(struct udphdr);
		break;
	case IPPROTO_TCP:
		head = sizeof(struct tcphdr);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		head = 8;
		break;
	}
	len = head + s->payload;
	for (size_t i = head; i < len; i++)
		p[i] = i * 7 + n;
	pseudo = icmp4 ? 0 : pseudo + s->protocol + len;
	switch (s->protocol) {
	case IPPROTO_UDP:
		*(struct udphdr *)p = (struct udphdr){.source = htons(4000 + n),
						      .dest = htons(5000),
						      .len = htons(len)};
		at = offsetof(struct udphdr, check);
		break;
	case IPPROTO_TCP:
		*(struct tcphdr *)p = (struct tcphdr){.source = htons(4000 + n),
						      .dest = htons(5000),
						      .doff = 5,
						      .ack = 1,
						      .seq = htonl(n)};
		at = offsetof(struct tcphdr, check);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		memcpy(p, (uint8_t[]){icmp4 ? 8 : ICMP6_ECHO_REQUEST, 0, 0, 0, 0x12, 0x34, 0, n},
		       8);
		at = 2;
		break;
	default:
		return len;
	}
	*(uint16_t *)(p + at) = fold(sum(p, len, pseudo));
	return len;
}

static size_t build4(uint8_t *p, const struct spec *s, unsigned n, const struct in_addr a[2])
{
	struct iphdr *ip = (void *)p;
	size_t head = sizeof(*ip) + s->extra;
	size_t len = head + transport(p + head, s, n, sum(a, 8, 0));

	*ip = (struct iphdr){.version = 4,
			     .ihl = head / 4,
			     .tos = s->tos,
			     .tot_len = htons(len),
			     .id = htons(1000 + n),
			     .frag_off = htons(s->frag),
			     .ttl = s->ttl,
			     .protocol = s->protocol,
			     .saddr = a[0].s_addr,
			     .daddr = a[1].s_addr};
	/* Stream Identifier, three times No Operation, End of Options */
	memcpy(ip + 1, (uint8_t[]){136, 4, 0, 1, 1, 1, 1, 0}, s->extra);
	ip->check = fold(sum(p, head, 0));
	return len;
}

static size_t build6(uint8_t *p, const struct spec *s, unsigned n, const struct in6_addr a[2])
{
	struct ip6_hdr *ip = (void *)p;
	uint8_t *at = p + sizeof(*ip), *next = &ip->ip6_nxt;
	size_t len;

	ip->ip6_flow = htonl(6u << 28 | s->tos << 20 | s->flow);
	ip->ip6_hlim = s->ttl;
	ip->ip6_src = a[0];
	ip->ip6_dst = a[1];
	if (s->extra) {
		*next = IPPROTO_DSTOPTS;
		memset(at, 0, s->extra);
		at[1] = s->extra / 8 - 1;
		at[2] = 1; /* PadN */
		at[3] = s->extra - 4;
		next = at;
		at += s->extra;
	}
	if (s->frag) {
		*next = IPPROTO_FRAGMENT;
		*(struct ip6_frag *)at =
			(struct ip6_frag){.ip6f_offlg = s->frag, .ip6f_ident = htonl(77)};
		next = at;
		at += sizeof(struct ip6_frag);
	}
	*next = s->protocol;
	len = at - p + transport(at, s, n, sum(a, 32, 0));
	ip->ip6_plen = htons(len - sizeof(*ip));
	return len;
}

int main(int argc, char **argv)
{
	const unsigned count = sizeof(specs) / sizeof(specs[0]);
	uint8_t frame[ETH_HLEN + MTU] __attribute__((aligned(4)));
	struct ether_header *eth = (void *)frame;
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	struct in_addr a4[2];
	struct in6_addr a6[2];
	struct ether_addr *gateway;
	int fd;

	if (argc != 7 || !(gateway = ether_aton(argv[2])) ||
	    inet_pton(AF_INET, argv[3], &a4[0]) != 1 || inet_pton(AF_INET, argv[4], &a4[1]) != 1 ||
	    inet_pton(AF_INET6, argv[5], &a6[0]) != 1 ||
	    inet_pton(AF_INET6, argv[6], &a6[1]) != 1) {
		fprintf(stderr, "usage: inject INTERFACE GATEWAY-MAC SOURCE4 DESTINATION4 SOURCE6 "
				"DESTINATION6\n");
		return 2;
	}
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (fd < 0 || !to.sll_ifindex) {
		fprintf(stderr, "inject: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (unsigned n = 0; n < count; n++) {
		bool v4 = specs[n].family == AF_INET;
		size_t len;

		memset(frame, 0, sizeof(frame));
		memcpy(eth->ether_dhost, gateway, ETH_ALEN);
		memcpy(eth->ether_shost, (uint8_t[]){2, 0, 0, 0, 0, 1}, ETH_ALEN);
		eth->ether_type = htons(v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
		len = v4 ? build4(frame + ETH_HLEN, &specs[n], n, a4)
			 : build6(frame + ETH_HLEN, &specs[n], n, a6);
		if (sendto(fd, frame, ETH_HLEN + len, 0, (void *)&to, sizeof(to)) < 0) {
			fprintf(stderr, "inject: packet %u: %s\n", n, strerror(errno));
			return 1;
		}
	}
	close(fd);
	printf("%u\n", count);
	return 0;
}
