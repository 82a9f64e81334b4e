// SPDX-License-Identifier: GPL-2.0-only
/* Which incoming entry a peer gets, see match.h. */
#include "policy/match.h"

#include <string.h>
#include "policy/pattern.h"

/* How well an entry fits; more is better, a member counts before the next one. */
struct fit {
	size_t hostname, local, source;
};

/* Host names are compared as DNS names are: without regard to case. */
static bool hostname_fits(const struct config_incoming *in, const char *name, size_t *fit)
{
	*fit = 0;
	for (size_t i = 0; i < in->remote_hostnames.count; i++) {
		const char *p = in->remote_hostnames.list[i];
		size_t f = pattern_kind(p) == PATTERN_FULL ? SIZE_MAX : pattern_fixed(p) + 1;

		if (f > *fit && pattern_match(p, name, true))
			*fit = f;
	}
	return *fit || !in->remote_hostnames.count;
}

static bool local_fits(const struct config_incoming *in, const struct ip_addr *a, size_t *fit)
{
	*fit = 0;
	for (size_t i = 0; i < in->local_addresses_count; i++)
		if (ip_addr_eq(&in->local_addresses[i], a))
			*fit = 1;
	return *fit || !in->local_addresses_count;
}

static bool source_fits(const struct config_incoming *in, const struct ip_addr *a, size_t *fit)
{
	*fit = 0;
	for (size_t i = 0; i < in->allow_count; i++)
		if (in->allow[i].len + 1u > *fit && ip_prefix_holds(&in->allow[i], a))
			*fit = in->allow[i].len + 1u;
	return *fit || !in->allow_count;
}

static bool better(const struct fit *a, const struct fit *b)
{
	if (a->hostname != b->hostname)
		return a->hostname > b->hostname;
	if (a->local != b->local)
		return a->local > b->local;
	return a->source > b->source;
}

const struct config_incoming *policy_match_tunnel(const struct config *c,
						  const char *remote_hostname,
						  const struct udp_path *path)
{
	const struct config_incoming *best = NULL;
	struct fit best_fit = {0}, fit;

	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];

		if (!hostname_fits(in, remote_hostname, &fit.hostname) ||
		    !local_fits(in, &path->local.ip, &fit.local) ||
		    !source_fits(in, &path->peer.ip, &fit.source))
			continue;
		if (!best || better(&fit, &best_fit)) {
			best = in;
			best_fit = fit;
		}
	}
	return best;
}

bool config_listens_at(const struct config *c, const struct ip_addr *local)
{
	static const uint8_t any[sizeof(local->bytes)];

	for (size_t i = 0; i < c->listen_count; i++) {
		const struct ip_addr *l = &c->listen[i];

		if (l->family == local->family &&
		    (ip_addr_eq(l, local) || !memcmp(l->bytes, any, sizeof(any))))
			return true;
	}
	return false;
}
