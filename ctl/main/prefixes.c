// SPDX-License-Identifier: GPL-2.0-only
/*
 * Router or host of a call's IPv6, see prefixes.h.
 *
 * For each delegated prefix there is an unreachable route in the payload table, with a metric that
 * any other route wins against: parts of it that nothing here uses are not sent back into the tunnel
 * (RFC 7084 4.1, WPD-5). Addresses go to the netdev as hosts' (/128), for what else is in an
 * advertised prefix is not on this link.
 */
#include "main/prefixes.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "main/call.h"
#include "main/install.h"
#include "main/script.h"

#define DUID_UUID     4 /* RFC 6355 4 */
#define DUID_UUID_LEN 18
#define DIGEST_SALT   "l2x DUID"

/*
 * Of the machine, whose own id must not be shown to others (machine-id(5)), and of the pin
 * directory, which tells instances on one machine apart.
 */
void prefixes_duid(struct controller *c)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	char id[64] = "";
	FILE *f = fopen("/etc/machine-id", "re");

	if (!f || !fgets(id, sizeof(id), f))
		gethostname(id, sizeof(id) - 1);
	if (f)
		fclose(f);
	sha256_init(&sha);
	sha256_update(&sha, sizeof(DIGEST_SALT), (const uint8_t *)DIGEST_SALT);
	sha256_update(&sha, strlen(id), (const uint8_t *)id);
	sha256_update(&sha, strlen(c->config->bpf_path), (const uint8_t *)c->config->bpf_path);
	sha256_digest(&sha, sizeof(digest), digest);
	c->duid = (struct dhcp6_duid){.len = DUID_UUID_LEN, .bytes = {0, DUID_UUID}};
	memcpy(c->duid.bytes + 2, digest, DUID_UUID_LEN - 2);
	/* RFC 9562: version 8, made in our own way, and variant 1 */
	c->duid.bytes[8] = (c->duid.bytes[8] & 0x0f) | 0x80;
	c->duid.bytes[10] = (c->duid.bytes[10] & 0x3f) | 0x80;
}

/* The same after each start (RFC 8415 12); the instance's entries have different names. */
static uint32_t iaid_of(const char *name)
{
	uint8_t d[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, strlen(name), (const uint8_t *)name);
	sha256_digest(&sha, sizeof(d), d);
	return (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
}

static void send_packet(void *owner, const uint8_t *packet, size_t len)
{
	uint8_t frame[2 + IPV6_PACKET_MAX];
	struct wbuf b = wbuf_of(frame, sizeof(frame));
	struct call *call = owner;
	int err;

	wbuf_u16(&b, PPP_PROTO_IPV6);
	wbuf_bytes(&b, packet, len);
	err = dataplane_send_ppp(call->t->c->dp, call->key, frame, wbuf_len(&b));
	if (err)
		log_debug(&call->log, "cannot send an IPv6 packet: %s", strerror(-err));
}

static int add_delegated(struct call *call, const struct ip_prefix *p)
{
	return install_unreachable(call, p);
}

static void del_delegated(struct call *call, const struct ip_prefix *p)
{
	uninstall_unreachable(call, p);
}

static int add_address(struct call *call, const struct ip_prefix *p)
{
	return netdev_address_get(call->t->c, call->netdev, p);
}

static void del_address(struct call *call, const struct ip_prefix *p)
{
	netdev_address_put(call->t->c, call->netdev, p);
}

/* One list of prefixes in the kernel: how it gets there, and what it is called. */
struct kind {
	const char *what;
	int (*add)(struct call *call, const struct ip_prefix *p);
	void (*del)(struct call *call, const struct ip_prefix *p);
};

static const struct kind delegated = {"prefix", add_delegated, del_delegated};
static const struct kind address = {"address", add_address, del_address};

static bool is_fact(const struct ipv6_prefix *facts, size_t count, const struct ip_prefix *p)
{
	for (size_t i = 0; i < count; i++)
		if (ip_prefix_eq(&facts[i].prefix, p))
			return true;
	return false;
}

static bool is_held(const struct ip_prefix *held, size_t count, const struct ip_prefix *p)
{
	for (size_t i = 0; i < count; i++)
		if (ip_prefix_eq(&held[i], p))
			return true;
	return false;
}

/* Makes held what the facts are. Both have room for IPV6_PREFIXES. */
static void follow(struct call *call, const struct kind *kind, struct ip_prefix *held,
		   size_t *held_count, const struct ipv6_prefix *facts, size_t count)
{
	char text[IP_PREFIX_TEXT];
	size_t kept = 0;

	for (size_t i = 0; i < *held_count; i++) {
		if (is_fact(facts, count, &held[i])) {
			held[kept++] = held[i];
			continue;
		}
		log_info(&call->log, "IPv6 %s %s is gone", kind->what,
			 ip_prefix_text(&held[i], text));
		kind->del(call, &held[i]);
	}
	for (size_t i = 0; i < count; i++) {
		const struct ip_prefix *p = &facts[i].prefix;

		if (is_held(held, kept, p) || kind->add(call, p))
			continue;
		log_info(&call->log, "IPv6 %s %s", kind->what, ip_prefix_text(p, text));
		held[kept++] = *p;
	}
	*held_count = kept;
}

static void follow_facts(struct call *call, const struct ipv6_facts *facts)
{
	struct prefixes *p = call->prefixes;

	follow(call, &delegated, p->delegated, &p->delegated_count, facts->delegated,
	       facts->delegated_count);
	follow(call, &address, p->addresses, &p->address_count, facts->addresses,
	       facts->address_count);
}

static void on_changed(void *owner)
{
	struct call *call = owner;
	struct ipv6_facts facts;

	ipv6_link_facts(call->link, &facts);
	follow_facts(call, &facts);
	script_run(call, AF_INET6, SCRIPT_CHANGE);
}

static const struct ipv6_ops ops = {.send = send_packet, .changed = on_changed};

static struct ipv6_offer offer_of(const struct call *call)
{
	const struct config_session *grant = call->grant;
	const struct config_incoming *in = call->t->incoming;

	return (struct ipv6_offer){
		.mtu = call->mtu,
		.advertised = grant->ra_prefix.addr.family ? &grant->ra_prefix : NULL,
		.delegated = grant->delegate,
		.delegated_count = grant->delegate_count,
		.dns = in->dns6,
		.dns_count = in->dns6_count,
	};
}

static struct ipv6_link *new_router(const struct call *call, const struct ipv6_setup *setup)
{
	const struct ipv6_offer offer = offer_of(call);

	return ipv6_link_new_router(setup, &offer);
}

static struct ipv6_wish wish_of(const struct call *call)
{
	const struct config_outgoing *o = call->t->outgoing->config;

	return (struct ipv6_wish){
		.prefix = o->request_prefix,
		.prefix_length = o->prefix_length,
		.address = o->slaac,
		.dns = o->accept_dns,
		.iaid = iaid_of(o->name),
	};
}

static struct ipv6_link *new_host(struct call *call, const struct ipv6_setup *setup)
{
	call->prefixes = calloc(1, sizeof(*call->prefixes));
	if (!call->prefixes)
		return NULL;
	call->prefixes->wish = wish_of(call);
	return ipv6_link_new_host(setup, &call->prefixes->wish);
}

void prefixes_start(struct call *call)
{
	struct controller *c = call->t->c;
	const struct ipv6_setup setup = {
		.ops = &ops,
		.owner = call,
		.timers = &c->timers,
		.random = controller_random,
		.log = &call->log,
		.duid = &c->duid,
		.local = call->ipv6_addresses.local,
	};

	prefixes_end(call);
	call->link = call->t->outgoing ? new_host(call, &setup) : new_router(call, &setup);
	if (!call->link)
		log_error(&call->log, "no IPv6 prefixes: out of memory");
}

static bool same_wish(const struct ipv6_wish *a, const struct ipv6_wish *b)
{
	return a->prefix == b->prefix && a->prefix_length == b->prefix_length &&
	       a->address == b->address && a->dns == b->dns;
}

void prefixes_change(struct call *call)
{
	struct ipv6_offer offer;
	struct ipv6_wish wish;

	if (!call->link)
		return;
	if (!call->t->outgoing) {
		offer = offer_of(call);
		ipv6_link_offer(call->link, &offer);
		return;
	}
	wish = wish_of(call);
	if (same_wish(&wish, &call->prefixes->wish))
		return;
	/* What was delegated is given back. */
	prefixes_stop(call);
	prefixes_start(call);
}

void prefixes_stop(struct call *call)
{
	ipv6_link_stop(call->link);
}

void prefixes_end(struct call *call)
{
	const struct ipv6_facts nothing = {0};

	ipv6_link_free(call->link);
	call->link = NULL;
	if (call->prefixes)
		follow_facts(call, &nothing);
	free(call->prefixes);
	call->prefixes = NULL;
}

void prefixes_input(struct call *call, const uint8_t *packet, size_t len)
{
	l2tp_tunnel_saw_data(call->t->l2tp);
	if (call->link)
		ipv6_link_input(call->link, packet, len);
}

/* Seconds that are left; null: without end. */
static json_t *left_json(const struct call *call, uint64_t moment)
{
	uint64_t now = call->t->c->timers.now;

	if (moment == IPV6_FOR_EVER)
		return json_null();
	return json_integer(moment > now ? (json_int_t)((moment - now) / 1000) : 0);
}

static json_t *list_json(const struct call *call, const struct ipv6_prefix *list, size_t count)
{
	char text[IP_PREFIX_TEXT];
	json_t *a = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(a, json_pack("{s:s, s:o, s:o}", "prefix",
						   ip_prefix_text(&list[i].prefix, text),
						   "preferred", left_json(call, list[i].preferred),
						   "valid", left_json(call, list[i].valid)));
	return a;
}

void prefixes_json(const struct call *call, json_t *ipv6)
{
	json_t *dns = json_array();
	char text[IP_ADDR_TEXT];
	struct ipv6_facts facts;

	if (!call->prefixes || !call->link) {
		json_decref(dns);
		return;
	}
	ipv6_link_facts(call->link, &facts);
	for (size_t i = 0; i < facts.dns_count; i++) {
		struct ip_addr a = ip_addr_v6(&facts.dns[i]);

		json_array_append_new(dns, json_string(ip_addr_text(&a, text)));
	}
	json_object_set_new(ipv6, "dns", dns);
	json_object_set_new(ipv6, "delegated",
			    list_json(call, facts.delegated, facts.delegated_count));
	json_object_set_new(ipv6, "addresses",
			    list_json(call, facts.addresses, facts.address_count));
	json_object_set_new(ipv6, "dhcp", json_string(facts.dhcp));
	json_object_set_new(ipv6, "router", left_json(call, facts.router));
}
