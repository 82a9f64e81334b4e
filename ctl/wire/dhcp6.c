// SPDX-License-Identifier: GPL-2.0-only
/* DHCPv6 messages, see dhcp6.h. */
#include "wire/dhcp6.h"

#include <errno.h>
#include <string.h>

#define SOL_MAX_RT_MIN 60 /* RFC 8415 21.24 */
#define SOL_MAX_RT_MAX 86400

static bool next_option(struct rbuf *options, uint16_t *code, struct rbuf *data)
{
	const uint8_t *p;
	size_t len;

	if (!rbuf_left(options))
		return false;
	*code = rbuf_u16(options);
	len = rbuf_u16(options);
	p = rbuf_take(options, len);
	if (!p)
		return false;
	*data = rbuf_of(p, len);
	return true;
}

static bool is_ia(uint16_t code)
{
	return code == DHCP6_OPTION_IA_NA || code == DHCP6_OPTION_IA_TA ||
	       code == DHCP6_OPTION_IA_PD;
}

static bool is_lease(uint16_t code)
{
	return code == DHCP6_OPTION_ADDRESS || code == DHCP6_OPTION_PREFIX;
}

/* Fills in all but the options inside. */
static void parse_ia(uint16_t code, struct rbuf *b, struct dhcp6_ia *ia)
{
	*ia = (struct dhcp6_ia){.type = code, .id = rbuf_u32(b)};
	if (code != DHCP6_OPTION_IA_TA) {
		ia->t1 = rbuf_u32(b);
		ia->t2 = rbuf_u32(b);
	}
}

static void parse_lease(uint16_t code, struct rbuf *b, struct dhcp6_lease *lease)
{
	const uint8_t *addr;

	*lease = (struct dhcp6_lease){.prefix = {.addr.family = AF_INET6, .len = 128}};
	addr = code == DHCP6_OPTION_ADDRESS ? rbuf_take(b, 16) : NULL;
	lease->preferred = rbuf_u32(b);
	lease->valid = rbuf_u32(b);
	if (code == DHCP6_OPTION_PREFIX) {
		lease->prefix.len = rbuf_u8(b);
		addr = rbuf_take(b, 16);
	}
	if (!addr || lease->prefix.len > 128) {
		b->short_read = true;
		return;
	}
	memcpy(lease->prefix.addr.bytes, addr, 16);
	ip_prefix_clear_host_bits(&lease->prefix);
}

/* The status among these options; none is success (RFC 8415 21.13). */
static uint16_t status_of(struct rbuf options)
{
	struct rbuf data;
	uint16_t code;

	while (next_option(&options, &code, &data))
		if (code == DHCP6_OPTION_STATUS)
			return rbuf_u16(&data);
	return DHCP6_SUCCESS;
}

bool dhcp6_next_ia(struct rbuf *options, struct dhcp6_ia *ia)
{
	struct rbuf data;
	uint16_t code;

	while (next_option(options, &code, &data)) {
		if (!is_ia(code))
			continue;
		parse_ia(code, &data, ia);
		ia->options = data;
		ia->status = status_of(data);
		return true;
	}
	return false;
}

bool dhcp6_next_lease(struct rbuf *options, struct dhcp6_lease *lease)
{
	struct rbuf data;
	uint16_t code;

	while (next_option(options, &code, &data)) {
		if (!is_lease(code))
			continue;
		parse_lease(code, &data, lease);
		lease->status = status_of(data);
		return true;
	}
	return false;
}

/* Every option inside an IA, and inside a lease, is whole. */
static bool leases_whole(struct rbuf options)
{
	struct dhcp6_lease lease;
	struct rbuf data, inside;
	uint16_t code;

	while (next_option(&options, &code, &data)) {
		if (code == DHCP6_OPTION_STATUS && rbuf_left(&data) < 2)
			return false;
		if (!is_lease(code))
			continue;
		parse_lease(code, &data, &lease);
		if (data.short_read)
			return false;
		while (next_option(&data, &code, &inside))
			if (code == DHCP6_OPTION_STATUS && rbuf_left(&inside) < 2)
				return false;
		if (data.short_read)
			return false;
	}
	return !options.short_read;
}

static void parse_duid(struct rbuf *data, struct dhcp6_duid *duid)
{
	size_t len = rbuf_left(data);

	if (!len || len > DHCP6_DUID_MAX) {
		data->short_read = true;
		return;
	}
	duid->len = (uint8_t)len;
	memcpy(duid->bytes, rbuf_take(data, len), len);
}

static void parse_request(struct rbuf *data, struct dhcp6_message *m)
{
	while (rbuf_left(data) >= 2)
		m->wants_dns |= rbuf_u16(data) == DHCP6_OPTION_DNS;
}

static void parse_dns(struct rbuf *data, struct dhcp6_message *m)
{
	while (m->dns_count < DHCP6_DNS_MAX && rbuf_left(data) >= 16)
		memcpy(&m->dns[m->dns_count++], rbuf_take(data, 16), 16);
}

/* Sets data->short_read when the option's own content is too short. */
static void parse_option(uint16_t code, struct rbuf *data, struct dhcp6_message *m)
{
	struct dhcp6_ia ia;
	uint32_t number;

	switch (code) {
	case DHCP6_OPTION_CLIENT_ID:
		parse_duid(data, &m->client);
		break;
	case DHCP6_OPTION_SERVER_ID:
		parse_duid(data, &m->server);
		break;
	case DHCP6_OPTION_IA_NA:
	case DHCP6_OPTION_IA_TA:
	case DHCP6_OPTION_IA_PD:
		parse_ia(code, data, &ia);
		data->short_read |= !leases_whole(*data);
		break;
	case DHCP6_OPTION_REQUEST:
		parse_request(data, m);
		break;
	case DHCP6_OPTION_PREFERENCE:
		m->preference = rbuf_u8(data);
		break;
	case DHCP6_OPTION_STATUS:
		m->status = rbuf_u16(data);
		break;
	case DHCP6_OPTION_RAPID_COMMIT:
		m->rapid_commit = true;
		break;
	case DHCP6_OPTION_DNS:
		parse_dns(data, m);
		break;
	case DHCP6_OPTION_SOL_MAX_RT:
		number = rbuf_u32(data);
		if (number >= SOL_MAX_RT_MIN && number <= SOL_MAX_RT_MAX)
			m->sol_max_rt = number;
		break;
	}
}

int dhcp6_parse(struct dhcp6_message *m, const struct rbuf *message)
{
	struct rbuf b = *message, data;
	uint16_t code;
	uint32_t head;

	head = rbuf_u32(&b);
	*m = (struct dhcp6_message){.type = (uint8_t)(head >> 24), .xid = head & 0xffffff};
	/* 12 and 13 are between relay agents and servers, and have another header. */
	if (b.short_read || !m->type || m->type > DHCP6_INFORMATION_REQUEST)
		return -EBADMSG;
	m->options = b;
	while (next_option(&b, &code, &data)) {
		parse_option(code, &data, m);
		if (data.short_read)
			return -EBADMSG;
	}
	return b.short_read ? -EBADMSG : 0;
}

bool dhcp6_duid_eq(const struct dhcp6_duid *a, const struct dhcp6_duid *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

const char *dhcp6_type_name(uint8_t type)
{
	static const char *const names[] = {"?",       "Solicit",     "Advertise",
					    "Request", "Confirm",     "Renew",
					    "Rebind",  "Reply",	      "Release",
					    "Decline", "Reconfigure", "Information-request"};

	return names[type < sizeof(names) / sizeof(names[0]) ? type : 0];
}

void dhcp6_begin(struct wbuf *b, uint8_t type, uint32_t xid)
{
	wbuf_u32(b, (uint32_t)type << 24 | xid);
}

static void option(struct wbuf *b, uint16_t code, size_t len)
{
	wbuf_u16(b, code);
	wbuf_u16(b, (uint16_t)len);
}

void dhcp6_put_duid(struct wbuf *b, uint16_t code, const struct dhcp6_duid *duid)
{
	option(b, code, duid->len);
	wbuf_bytes(b, duid->bytes, duid->len);
}

void dhcp6_put_empty(struct wbuf *b, uint16_t code)
{
	option(b, code, 0);
}

void dhcp6_put_u8(struct wbuf *b, uint16_t code, uint8_t value)
{
	option(b, code, 1);
	wbuf_u8(b, value);
}

void dhcp6_put_u16(struct wbuf *b, uint16_t code, uint16_t value)
{
	option(b, code, 2);
	wbuf_u16(b, value);
}

void dhcp6_put_status(struct wbuf *b, uint16_t status, const char *text)
{
	size_t len = strlen(text);

	option(b, DHCP6_OPTION_STATUS, 2 + len);
	wbuf_u16(b, status);
	wbuf_bytes(b, text, len);
}

void dhcp6_put_dns(struct wbuf *b, const struct ip_addr *servers, size_t count)
{
	option(b, DHCP6_OPTION_DNS, 16 * count);
	for (size_t i = 0; i < count; i++)
		wbuf_bytes(b, servers[i].bytes, 16);
}

void dhcp6_put_request(struct wbuf *b, const uint16_t *options, size_t count)
{
	option(b, DHCP6_OPTION_REQUEST, 2 * count);
	for (size_t i = 0; i < count; i++)
		wbuf_u16(b, options[i]);
}

void dhcp6_put_lease(struct wbuf *b, uint16_t ia_type, const struct dhcp6_lease *lease)
{
	bool prefix = ia_type == DHCP6_OPTION_IA_PD;

	option(b, prefix ? DHCP6_OPTION_PREFIX : DHCP6_OPTION_ADDRESS, prefix ? 25 : 24);
	if (!prefix)
		wbuf_bytes(b, lease->prefix.addr.bytes, 16);
	wbuf_u32(b, lease->preferred);
	wbuf_u32(b, lease->valid);
	if (prefix) {
		wbuf_u8(b, lease->prefix.len);
		wbuf_bytes(b, lease->prefix.addr.bytes, 16);
	}
}

uint8_t *dhcp6_ia_begin(struct wbuf *b, const struct dhcp6_ia *ia)
{
	uint8_t *begun = b->p;

	option(b, ia->type, 0);
	wbuf_u32(b, ia->id);
	if (ia->type != DHCP6_OPTION_IA_TA) {
		wbuf_u32(b, ia->t1);
		wbuf_u32(b, ia->t2);
	}
	return begun;
}

void dhcp6_ia_end(struct wbuf *b, uint8_t *begun)
{
	size_t len;

	if (b->full)
		return;
	len = (size_t)(b->p - begun) - 4;
	begun[2] = (uint8_t)(len >> 8);
	begun[3] = (uint8_t)len;
}
