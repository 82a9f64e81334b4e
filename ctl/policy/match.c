// SPDX-License-Identifier: GPL-2.0-only
/* Matching of tunnels and logins against the static rules, see match.h. */
#include "policy/match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool allowed(const struct config_incoming *in, const struct ip_addr *from)
{
	for (size_t i = 0; i < in->allow_count; i++)
		if (ip_prefix_holds(&in->allow[i], from))
			return true;
	return in->allow_count == 0;
}

const struct config_incoming *
policy_match_tunnel(const struct config *c, const char *remote_hostname, const struct ip_addr *from)
{
	const struct config_incoming *any = NULL;

	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];

		if (!allowed(in, from))
			continue;
		/* Host names are compared as DNS names are: without regard to case. */
		if (in->remote_hostname && !strcasecmp(in->remote_hostname, remote_hostname))
			return in;
		if (!in->remote_hostname && !any)
			any = in;
	}
	return any;
}

/* A rule without a password asks for none; but a login by CHAP or PAP must then still have been
 * demanded by us. */
static bool password_fits(const struct config_session *rule, const struct ppp_login *login)
{
	return !rule->password ||
	       (login->method != PPP_AUTH_NONE && ppp_login_verify(login, rule->password));
}

static int compare(const void *key, const void *rule)
{
	const char *username = *(const char *const *)key;
	const char *name = (*(const struct config_session *const *)rule)->username;

	return name && username ? strcmp(username, name) : !!username - !!name;
}

/* username NULL: the rule for any name. */
static const struct config_session *find_rule(const struct config_incoming *in,
					      const char *username)
{
	const struct config_session **found =
		bsearch(&username, in->by_username, in->sessions_count, sizeof(*in->by_username),
			compare);

	return found ? *found : NULL;
}

const struct config_session *policy_match_session(const struct config_incoming *in,
						  const struct ppp_login *login, const char **why)
{
	const struct config_session *rule = find_rule(in, login->name);

	/* A known name with a wrong password must not get in by the rule for any name. */
	if (!rule)
		rule = find_rule(in, NULL);
	if (rule && password_fits(rule, login))
		return rule;
	*why = rule ? "wrong password" : "unknown user name";
	return NULL;
}
