// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, prefixes and endpoints, see addr.h. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ip_addr_parse(struct ip_addr *a, const char *text)
{
	*a = (struct ip_addr){0};
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->family = AF_INET6;
	else
		return -EINVAL;
	return 0;
}

/* Bytes of addr with the bits behind len cleared. */
static void mask_addr(struct ip_addr *a, unsigned len)
{
	for (unsigned i = 0; i < sizeof(a->bytes); i++) {
		unsigned keep = len > 8 * i ? len - 8 * i : 0;

		if (keep < 8)
			a->bytes[i] &= (uint8_t)(0xff00 >> keep);
	}
}

int ip_prefix_parse(struct ip_prefix *p, const char *text)
{
	char copy[IP_PREFIX_TEXT], *slash, *end;
	struct ip_addr masked;
	unsigned long len;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = 0;
	if (ip_addr_parse(&p->addr, copy))
		return -EINVAL;
	len = ip_addr_bits(&p->addr);
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		len = strtoul(slash + 1, &end, 10);
		if (*end || len > ip_addr_bits(&p->addr))
			return -EINVAL;
	}
	p->len = (uint8_t)len;
	masked = p->addr;
	mask_addr(&masked, p->len);
	return ip_addr_eq(&masked, &p->addr) ? 0 : -ERANGE;
}

void ip_prefix_clear_host_bits(struct ip_prefix *p)
{
	mask_addr(&p->addr, p->len);
}

const char *ip_addr_text(const struct ip_addr *a, char *buf)
{
	if (!a->family || !inet_ntop(a->family, a->bytes, buf, IP_ADDR_TEXT))
		strcpy(buf, "-");
	return buf;
}

const char *ip_prefix_text(const struct ip_prefix *p, char *buf)
{
	ip_addr_text(&p->addr, buf);
	snprintf(buf + strlen(buf), 5, "/%u", p->len);
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char *buf)
{
	char ip[IP_ADDR_TEXT];

	snprintf(buf, ENDPOINT_TEXT, e->ip.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 ip_addr_text(&e->ip, ip), e->port);
	return buf;
}

struct ip_addr ip_addr_v4(struct in_addr in)
{
	struct ip_addr a = {.family = AF_INET};

	memcpy(a.bytes, &in, 4);
	return a;
}

struct ip_addr ip_addr_v6(const struct in6_addr *in6)
{
	struct ip_addr a = {.family = AF_INET6};

	memcpy(a.bytes, in6, 16);
	return a;
}

struct in_addr ip_addr_to_v4(const struct ip_addr *a)
{
	struct in_addr in = {0};

	if (a->family == AF_INET)
		memcpy(&in, a->bytes, 4);
	return in;
}

bool ip_addr_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->scope == b->scope && ip_addr_eq(&a->ip, &b->ip);
}

struct ip_prefix ip_prefix_host(const struct ip_addr *a)
{
	return (struct ip_prefix){.addr = *a, .len = (uint8_t)ip_addr_bits(a)};
}

bool ip_prefix_holds(const struct ip_prefix *p, const struct ip_addr *a)
{
	struct ip_addr masked = *a;

	mask_addr(&masked, p->len);
	return ip_addr_eq(&masked, &p->addr);
}

bool ip_prefix_eq(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_addr_eq(&a->addr, &b->addr);
}

unsigned ip_addr_bits(const struct ip_addr *a)
{
	return a->family == AF_INET ? 32 : a->family == AF_INET6 ? 128 : 0;
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = e->ip.family;
	if (e->ip.family == AF_INET) {
		memcpy(&sin->sin_addr, e->ip.bytes, 4);
		sin->sin_port = htons(e->port);
		return sizeof(*sin);
	}
	if (e->ip.family == AF_INET6) {
		memcpy(&sin6->sin6_addr, e->ip.bytes, 16);
		sin6->sin6_port = htons(e->port);
		sin6->sin6_scope_id = e->scope;
		return sizeof(*sin6);
	}
	return 0;
}

int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr *sa)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)sa;

	*e = (struct endpoint){0};
	if (sa->sa_family == AF_INET) {
		e->ip = ip_addr_v4(sin->sin_addr);
		e->port = ntohs(sin->sin_port);
	} else if (sa->sa_family == AF_INET6) {
		e->ip = ip_addr_v6(&sin6->sin6_addr);
		e->port = ntohs(sin6->sin6_port);
		if (IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
			e->scope = sin6->sin6_scope_id;
	} else {
		return -EAFNOSUPPORT;
	}
	return 0;
}
