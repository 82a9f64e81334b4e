// SPDX-License-Identifier: GPL-2.0-only
/* Underlay addresses that sessions share, see underlays.h. */
#include "dataplane/underlays.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/hash.h"
#include "dataplane/memory.h"

#define NONE UINT32_MAX

struct underlay_use {
	uint32_t users;
	uint32_t next; /* with the same hash */
};

int underlays_init(struct underlays *u, uint32_t max_sessions, int fd)
{
	const uint32_t places = slots_for(max_sessions);
	uint32_t chains = 1;
	int err;

	while (chains < places)
		chains *= 2;
	*u = (struct underlays){.size = places * sizeof(*u->at), .mask = chains - 1};
	u->at = memory_map(fd, &u->size);
	if (!u->at)
		return -errno;
	u->uses = calloc(places, sizeof(*u->uses));
	u->chains = malloc(chains * sizeof(*u->chains));
	err = u->uses && u->chains ? slots_init(&u->free, places) : -ENOMEM;
	if (err) {
		underlays_free(u);
		return err;
	}
	memset(u->chains, 0xff, chains * sizeof(*u->chains));
	return 0;
}

void underlays_free(struct underlays *u)
{
	if (u->at)
		munmap(u->at, u->size);
	free(u->uses);
	free(u->chains);
	slots_free(&u->free);
	*u = (struct underlays){0};
}

static struct l2x_underlay of_path(const struct udp_path *path)
{
	struct l2x_underlay value = {.local_port = htons(path->local.port),
				     .peer_port = htons(path->peer.port),
				     .family = path->peer.ip.family,
				     .table = (uint16_t)path->table};

	memcpy(value.local, path->local.ip.bytes, sizeof(value.local));
	memcpy(value.peer, path->peer.ip.bytes, sizeof(value.peer));
	return value;
}

static uint32_t *chain_of(const struct underlays *u, const struct l2x_underlay *value)
{
	const uint32_t h = fnv1a(FNV1A_START, value, sizeof(*value));

	return &u->chains[(h ^ h >> 16) & u->mask];
}

int underlays_take(struct underlays *u, const struct udp_path *path, uint32_t *place)
{
	const struct l2x_underlay value = of_path(path);
	uint32_t *chain = chain_of(u, &value), i;
	int err;

	for (i = *chain; i != NONE; i = u->uses[i].next) {
		if (memcmp(&u->at[i], &value, sizeof(value)) != 0)
			continue;
		u->uses[i].users++;
		*place = i;
		return 0;
	}
	err = slots_take_old(&u->free, &i);
	if (err)
		return err;
	u->at[i] = value;
	u->uses[i] = (struct underlay_use){.users = 1, .next = *chain};
	*chain = i;
	*place = i;
	return 0;
}

void underlays_give_back(struct underlays *u, uint32_t place)
{
	uint32_t *i = chain_of(u, &u->at[place]);

	if (--u->uses[place].users)
		return;
	while (*i != place)
		i = &u->uses[*i].next;
	*i = u->uses[place].next;
	slots_give_back(&u->free, place);
}
