// SPDX-License-Identifier: GPL-2.0-only
/* Which tunnels and sessions of a status `l2x show` is asked about. */
#include <stdio.h>
#include <string.h>
#include "cmd/show.h"
#include "cmd/status.h"
#include "policy/pattern.h"

bool show_filter_is_set(const struct show_filter *f)
{
	return f->user || f->peer || f->set || f->prefix;
}

const char *show_peer_address(const json_t *tunnel, char *buf)
{
	char *colon;

	snprintf(buf, ENDPOINT_TEXT, "%s", status_string(tunnel, "peer"));
	colon = strrchr(buf, ':');
	if (colon)
		*colon = 0;
	if (*buf == '[' && buf[strlen(buf) - 1] == ']') {
		buf[strlen(buf) - 1] = 0;
		memmove(buf, buf + 1, strlen(buf));
	}
	return buf;
}

static bool fits(const char *pattern, const char *text)
{
	return !pattern || pattern_match(pattern, text, true);
}

static bool tunnel_fits(const struct show_filter *f, const json_t *tunnel)
{
	char address[ENDPOINT_TEXT];

	return fits(f->peer, status_string(tunnel, "peer_hostname")) ||
	       fits(f->peer, show_peer_address(tunnel, address));
}

static bool overlap(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len <= b->len ? ip_prefix_holds(a, &b->addr) : ip_prefix_holds(b, &a->addr);
}

bool show_filter_prefix(const struct show_filter *f, const char *prefix)
{
	struct ip_prefix p;

	return !f->prefix || (!ip_prefix_parse(&p, prefix) && overlap(&p, f->prefix));
}

static bool session_has_prefix(const struct show_filter *f, const json_t *session)
{
	static const char *const families[] = {"ipv4", "ipv6"};
	const json_t *i;
	size_t n;

	for (size_t k = 0; k < 2; k++)
		if (show_filter_prefix(f, status_string(json_object_get(session, families[k]),
							"remote")))
			return true;
	json_array_foreach(json_object_get(session, "routes"), n, i)
	{
		if (json_is_string(i) && show_filter_prefix(f, json_string_value(i)))
			return true;
	}
	return false;
}

static bool has_name(const json_t *array, const char *name)
{
	const json_t *i;
	size_t n;

	json_array_foreach(array, n, i)
	{
		if (!strcmp(status_string(i, "name"), name))
			return true;
	}
	return false;
}

static json_t *filter_tunnels(const json_t *status, const struct show_filter *f)
{
	json_t *kept = json_array(), *i;
	size_t n;

	json_array_foreach(json_object_get(status, "tunnels"), n, i)
	{
		if (tunnel_fits(f, i))
			json_array_append(kept, i);
	}
	return kept;
}

static bool in_set(const struct show_filter *f, const json_t *session)
{
	const char *set = json_string_value(json_object_get(session, "set"));

	return !f->set || (set && fits(f->set, set));
}

static json_t *filter_sessions(const json_t *status, const json_t *tunnels,
			       const struct show_filter *f)
{
	json_t *kept = json_array(), *i;
	size_t n;

	json_array_foreach(json_object_get(status, "sessions"), n, i)
	{
		if (fits(f->user, status_string(i, "user")) && in_set(f, i) &&
		    session_has_prefix(f, i) &&
		    (!f->peer || has_name(tunnels, status_string(i, "tunnel"))))
			json_array_append(kept, i);
	}
	return kept;
}

/* A tunnel is of a user, or leads to a prefix, if a session in it is or does. */
static json_t *tunnels_with(const json_t *tunnels, const json_t *sessions)
{
	json_t *kept = json_array(), *i;
	const json_t *j;
	size_t n, m;

	json_array_foreach(tunnels, n, i)
	{
		json_array_foreach(sessions, m, j)
		{
			if (strcmp(status_string(j, "tunnel"), status_string(i, "name")) != 0)
				continue;
			json_array_append(kept, i);
			break;
		}
	}
	return kept;
}

/* A set is of a user, of a peer, or leads to a prefix, if a leg of it is or does. One without legs is there by its name. */
static json_t *filter_sets(const json_t *status, const json_t *sessions,
			   const struct show_filter *f)
{
	json_t *kept = json_array(), *i;
	const json_t *j;
	size_t n, m;

	json_array_foreach(json_object_get(status, "sets"), n, i)
	{
		bool there = !f->user && !f->peer && !f->prefix;

		json_array_foreach(json_object_get(i, "legs"), m, j) there |=
			has_name(sessions, status_string(j, "session"));
		if (there && fits(f->set, status_string(i, "name")))
			json_array_append(kept, i);
	}
	return kept;
}

json_t *show_filter_apply(const json_t *status, const struct show_filter *f)
{
	json_t *o = json_copy((json_t *)status);
	json_t *tunnels = filter_tunnels(status, f),
	       *sessions = filter_sessions(status, tunnels, f);

	if (f->user || f->set || f->prefix) {
		json_t *all = tunnels;

		tunnels = tunnels_with(all, sessions);
		json_decref(all);
	}
	json_object_set_new(o, "tunnels", tunnels);
	json_object_set_new(o, "sessions", sessions);
	json_object_set_new(o, "sets", filter_sets(status, sessions, f));
	return o;
}
