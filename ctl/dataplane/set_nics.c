// SPDX-License-Identifier: GPL-2.0-only
/*
 * By which NICs the copies of a set leave, which XDP must know before it copies a packet
 * (bpf/replicate.h): the kernel's tables are asked for the way to each leg's peer, when a leg
 * changes, when XDP comes to a NIC or goes, and again every few seconds. Sets whose legs leave by
 * the same NICs share a devmap.
 */
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "dataplane/private.h"

#define L2TP_LEN	10 /* with Ns and Nr, without Length */
#define PPP_LEN		4
#define TROUBLE_SECONDS 3

static const struct interface *xdp_interface(const struct dataplane *dp, unsigned ifindex)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->interfaces) {
		const struct interface *f = list_item(i, struct interface, in_dataplane);

		if (f->ifindex == ifindex && f->shown.xdp)
			return f;
	}
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* In struct set_memory.lists, from 1; 0: there is no room for another one. */
static uint16_t list_take(struct dataplane *dp, const uint32_t nics[L2X_SET_LEGS])
{
	struct set_nic_list *lists = dp->sets.lists;
	uint16_t unused = 0;

	for (uint16_t i = 1; i < L2X_NIC_LISTS; i++) {
		if (lists[i].made && !memcmp(lists[i].nics, nics, sizeof(lists[i].nics))) {
			lists[i].users++;
			return i;
		}
		if (!lists[i].users && (!unused || (lists[unused].made && !lists[i].made)))
			unused = i;
	}
	if (!unused || bpf_nic_list_set(dp->bpf, unused, nics, L2X_SET_LEGS))
		return 0;
	memcpy(lists[unused].nics, nics, sizeof(lists[unused].nics));
	lists[unused].made = true;
	lists[unused].users = 1;
	return unused;
}

static int way_of(struct dataplane *dp, const struct session *s, struct net_way *way)
{
	return net_way_to(dp->net, &s->path.peer.ip, &s->path.local.ip, s->path.table, way);
}

/* In front of a copy, at most: bpf/leg.h. */
static uint32_t head_len(const struct session *s, const struct l2x_set *v)
{
	return (s->path.peer.ip.family == AF_INET6 ? sizeof(struct ip6_hdr) : sizeof(struct ip)) +
	       sizeof(struct udphdr) + L2TP_LEN + PPP_LEN +
	       (v->flags & L2X_SET_EXTENDED ? sizeof(uint16_t) + L2X_PAD_LEN : 0);
}

/* A leg without any way is left out; the copies of the others go. False: one leaves by a NIC that is
 * not XDP's, or is cut into fragments, or has a header that only userspace makes. */
static bool choose_leg(struct dataplane *dp, struct set *set, unsigned place, uint32_t *nic)
{
	const struct session *s = set->legs[place].session;
	struct l2x_set *v = &set->value;
	const uint32_t head = head_len(s, v);
	struct net_way way;

	if ((s->value.flags & L2X_SESSION_USER_ONLY) && (s->value.flags & L2X_SESSION_CHECK_NS))
		return false;
	if (way_of(dp, s, &way) || way.local) {
		v->legs[place].nic = 0;
		return !way.local;
	}
	v->legs[place].nic = *nic = way.ifindex;
	if (way.mtu && way.mtu < v->xdp_mtu + head)
		v->xdp_mtu = way.mtu > head ? (uint16_t)(way.mtu - head) : 0;
	if (s->path.peer.ip.family == AF_INET6)
		v->flags |= L2X_SET_OVER_V6;
	return xdp_interface(dp, way.ifindex);
}

bool set_nics_choose(struct dataplane *dp, uint32_t id)
{
	struct set *set = set_of(&dp->table.sets, id);
	struct l2x_set before = set->value, *v = &set->value;
	uint32_t nics[L2X_SET_LEGS] = {0};
	const unsigned up = v->up4 | v->up6;
	unsigned count = 0;
	bool whole = up;

	v->flags &= ~(uint32_t)L2X_SET_OVER_V6;
	v->xdp_mtu = v->mtu;
	if (!dp->refresh || (v->flags & L2X_SET_BOND))
		whole = false;
	for (unsigned i = 0; i < L2X_SET_LEGS && whole; i++) {
		if (!(up & 1u << i))
			continue;
		whole = choose_leg(dp, set, i, &nics[count]);
		count += nics[count] != 0;
	}
	qsort(nics, count, sizeof(*nics), by_number);
	v->nics = whole && count ? list_take(dp, nics) : 0;
	if (before.nics)
		dp->sets.lists[before.nics].users--;
	return memcmp(&before, v, sizeof(before));
}

static void ask_neighbours(struct dataplane *dp, const struct set *set)
{
	for (int i = 0; i < L2X_SET_LEGS; i++) {
		const struct session *s = set->legs[i].session;
		struct net_way way;

		if (s && !way_of(dp, s, &way))
			net_neighbour_use(dp->net, way.ifindex,
					  way.gateway.family ? &way.gateway : &s->path.peer.ip);
	}
}

void set_nics_refresh(struct dataplane *dp, bool all)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (uint32_t id = 1; id <= dp->table.sets.max; id++) {
		const struct set *set = set_of(&dp->table.sets, id);
		const uint64_t trouble = set ? *(volatile __u64 *)&dp->sets.states[id].trouble : 0;
		const bool troubled =
			trouble && trouble / 1000000000 + TROUBLE_SECONDS > (uint64_t)now.tv_sec;

		if (!set || !(set->value.up4 | set->value.up6) || (!all && !troubled))
			continue;
		if (troubled)
			ask_neighbours(dp, set);
		if (set_nics_choose(dp, id))
			table_set_write(&dp->table, id);
	}
}
