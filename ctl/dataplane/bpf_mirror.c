// SPDX-License-Identifier: GPL-2.0-only
/* Sessions, sets and routes in the BPF maps, and what the programs are to forget (l2x/cache.h). */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "dataplane/bpf_private.h"

static bool slot_of(const struct bpf *b, struct l2x_session_key key, uint32_t *slot)
{
	return !bpf_map_lookup_elem(bpf_map__fd(b->skel->maps.sessions), &key, slot);
}

/* What XDP remembers of it is no longer true: to be called behind the change. */
static void forget(uint32_t *generation)
{
	__atomic_fetch_add(generation, 1, __ATOMIC_SEQ_CST);
}

static void forget_session(struct bpf *b, struct l2x_session_key key)
{
	forget(&b->skel->bss->generations.session[l2x_generation_of_session(key.session_id)]);
}

static void forget_prefix(struct bpf *b, const struct ip_prefix *p)
{
	struct l2x_generations *g = &b->skel->bss->generations;
	__be32 addr;

	memcpy(&addr, p->addr.bytes, sizeof(addr));
	if (p->addr.family == AF_INET && p->len == 32)
		forget(&g->address[l2x_generation_of_address(addr)]);
	else if (p->addr.family == AF_INET)
		forget(&g->all);
}

void bpf_forget(struct bpf *b, const struct ip_prefix *prefix)
{
	if (prefix)
		forget_prefix(b, prefix);
	else
		forget(&b->skel->bss->generations.all);
}

static int session_set(void *arg, struct l2x_session_key key, const struct l2x_session *value)
{
	struct bpf *b = arg;
	uint32_t slot, old;
	bool replaces = slot_of(b, key, &old);
	int err = slots_take_old(&b->slots, &slot);

	if (err)
		return err;
	err = bpf_map_write(b->skel->maps.slots, &slot, value);
	if (!err)
		err = bpf_map_write(b->skel->maps.sessions, &key, &slot);
	forget_session(b, key);
	if (err)
		slots_give_back(&b->slots, slot);
	else if (replaces)
		slots_give_back(&b->slots, old);
	return err;
}

static int session_del(void *arg, struct l2x_session_key key)
{
	struct bpf *b = arg;
	uint32_t slot;
	bool there = slot_of(b, key, &slot);
	int err = bpf_map_remove(b->skel->maps.sessions, &key);

	forget_session(b, key);
	if (!err && there)
		slots_give_back(&b->slots, slot);
	return err;
}

static struct l2x_route4_key key4(unsigned netdev, const struct ip_prefix *p)
{
	struct l2x_route4_key key = {.prefixlen = 32u + p->len, .netdev = netdev};

	memcpy(&key.addr, p->addr.bytes, sizeof(key.addr));
	return key;
}

static struct l2x_route6_key key6(unsigned netdev, const struct ip_prefix *p)
{
	struct l2x_route6_key key = {.prefixlen = 32u + p->len, .netdev = netdev};

	memcpy(&key.addr, p->addr.bytes, sizeof(key.addr));
	return key;
}

static int route_set(void *arg, unsigned netdev, const struct ip_prefix *prefix,
		     const struct l2x_route *to)
{
	struct l2x_route4_key k4 = key4(netdev, prefix);
	struct l2x_route6_key k6 = key6(netdev, prefix);
	struct bpf *b = arg;
	int err;

	if (prefix->addr.family == AF_INET)
		err = bpf_map_write(b->skel->maps.routes4, &k4, to);
	else
		err = bpf_map_write(b->skel->maps.routes6, &k6, to);
	forget_prefix(b, prefix);
	return err;
}

static int route_del(void *arg, unsigned netdev, const struct ip_prefix *prefix)
{
	struct l2x_route4_key k4 = key4(netdev, prefix);
	struct l2x_route6_key k6 = key6(netdev, prefix);
	struct bpf *b = arg;
	int err;

	if (prefix->addr.family == AF_INET)
		err = bpf_map_remove(b->skel->maps.routes4, &k4);
	else
		err = bpf_map_remove(b->skel->maps.routes6, &k6);
	forget_prefix(b, prefix);
	return err;
}

static int set_write(void *arg, uint32_t set, const struct l2x_set *value)
{
	struct bpf *b = arg;

	return bpf_map_write(b->skel->maps.sets, &set, value);
}

const struct table_mirror bpf_mirror = {
	.session_set = session_set,
	.session_del = session_del,
	.route_set = route_set,
	.route_del = route_del,
	.set_write = set_write,
};
