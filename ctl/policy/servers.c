// SPDX-License-Identifier: GPL-2.0-only
/* The order of attempts, see servers.h. */
#include "policy/servers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int servers_init(struct servers *s, char *const *list, size_t count, uint32_t fail_lockout)
{
	*s = (struct servers){.list = list, .count = count, .fail_lockout = fail_lockout};
	s->locked_until = calloc(count, sizeof(*s->locked_until));
	s->tried = calloc(count, sizeof(*s->tried));
	if (s->locked_until && s->tried)
		return 0;
	servers_free(s);
	return -ENOMEM;
}

void servers_free(struct servers *s)
{
	free(s->locked_until);
	free(s->tried);
	free(s->addresses);
	*s = (struct servers){0};
}

int servers_replace(struct servers *s, char *const *list, size_t count, uint32_t fail_lockout)
{
	const char *current = servers_current(s);
	struct servers n;
	bool stays = false;

	if (servers_init(&n, list, count, fail_lockout))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < s->count; j++) {
			if (strcmp(list[i], s->list[j]) != 0)
				continue;
			n.tried[i] = s->tried[j];
			n.locked_until[i] = s->locked_until[j];
		}
		if (!stays && !strcmp(list[i], current)) {
			n.current = i;
			stays = true;
		}
	}
	if (stays) {
		n.in_round = s->in_round;
		n.locked_too = s->locked_too;
		n.addresses = s->addresses;
		n.addresses_count = s->addresses_count;
		n.next_address = s->next_address;
		s->addresses = NULL;
	}
	servers_free(s);
	*s = n;
	return 0;
}

const char *servers_current(const struct servers *s)
{
	return s->list[s->current];
}

static bool locked(const struct servers *s, size_t i, uint64_t now)
{
	return s->locked_until[i] > now;
}

/* The first one that this round has not tried; count: there is none. */
static size_t untried(const struct servers *s, uint64_t now)
{
	size_t i = 0;

	while (i < s->count && (s->tried[i] || (!s->locked_too && locked(s, i, now))))
		i++;
	return i;
}

void servers_restart(struct servers *s)
{
	s->in_round = false;
	s->addresses_count = s->next_address = 0;
}

static void begin_round(struct servers *s, uint64_t now)
{
	servers_restart(s);
	memset(s->tried, 0, s->count * sizeof(*s->tried));
	s->locked_too = false;
	s->locked_too = untried(s, now) == s->count;
	s->in_round = true;
}

const char *servers_next(struct servers *s, uint64_t now, struct ip_addr *address)
{
	const char *name;

	if (s->in_round && s->next_address < s->addresses_count) {
		*address = s->addresses[s->next_address++];
		return NULL;
	}
	if (!s->in_round || untried(s, now) == s->count)
		begin_round(s, now);
	s->current = untried(s, now);
	s->tried[s->current] = true;
	s->addresses_count = s->next_address = 0;
	name = s->list[s->current];
	return ip_addr_parse(address, name) ? name : NULL;
}

int servers_resolved(struct servers *s, const struct ip_addr *addresses, size_t count)
{
	struct ip_addr *copy = reallocarray(s->addresses, count + 1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, addresses, count * sizeof(*copy));
	s->addresses = copy;
	s->addresses_count = count;
	s->next_address = 0;
	return 0;
}

static void lock(struct servers *s, uint64_t now)
{
	s->locked_until[s->current] = now + s->fail_lockout * UINT64_C(1000);
}

bool servers_failed(struct servers *s, uint64_t now)
{
	if (s->next_address < s->addresses_count)
		return true;
	lock(s, now);
	if (untried(s, now) < s->count)
		return true;
	servers_restart(s);
	return false;
}

void servers_lost(struct servers *s, uint64_t now, bool dead)
{
	if (dead)
		lock(s, now);
	servers_restart(s);
}
