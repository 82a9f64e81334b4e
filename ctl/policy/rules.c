// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filing and finding of session rules, see rules.h. Cards are kept in one array, sorted by where
 * they are filed and then by the rule's place in the file. A call opens the drawers that concern it
 * and goes through their cards in the order of rules, as if all rules stood in one list.
 */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>
#include "policy/pattern.h"

enum file_under {
	BY_USERNAME,
	BY_USERNAME_START,
	BY_USERNAME_END,
	BY_CALLING,
	BY_CALLED,
	BY_NOTHING,
};

struct card {
	enum file_under under;
	const char *text; /* into the rule */
	size_t len;
	size_t rule;
};

struct rules {
	const struct config_session *sessions;
	size_t first_named; /* the first rule that looks at the user name */
	size_t count;
	struct card cards[];
};

/* Cards of one call that lie next to each other. */
struct drawer {
	const struct card *next, *end;
};

/* One for the whole name, and one for each of its starts and ends; numbers; the rest. */
#define DRAWERS_MAX (1 + 2 * PPP_NAME_MAX + 2 + 1)

struct drawers {
	size_t count;
	struct drawer list[DRAWERS_MAX];
};

static int compare_place(const struct card *a, const struct card *b)
{
	int diff = (a->under > b->under) - (a->under < b->under);

	if (!diff)
		diff = (a->len > b->len) - (a->len < b->len);
	return diff ? diff : memcmp(a->text, b->text, a->len);
}

static int compare(const void *a, const void *b)
{
	const struct card *x = a, *y = b;
	int diff = compare_place(x, y);

	return diff ? diff : (x->rule > y->rule) - (x->rule < y->rule);
}

static bool all_full(const struct config_patterns *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (pattern_kind(p->list[i]) != PATTERN_FULL)
			return false;
	return p->count;
}

static struct card card_of_username(const char *pattern)
{
	size_t len = strlen(pattern);

	switch (pattern_kind(pattern)) {
	case PATTERN_FULL:
		return (struct card){.under = BY_USERNAME, .text = pattern, .len = len};
	case PATTERN_PREFIX:
		return (struct card){.under = BY_USERNAME_START, .text = pattern, .len = len - 1};
	case PATTERN_SUFFIX:
		return (struct card){.under = BY_USERNAME_END, .text = pattern + 1, .len = len - 1};
	default:
		return (struct card){.under = BY_NOTHING, .text = ""};
	}
}

/* Patterns of the rule that it is filed under, and where; none: BY_NOTHING, once. */
static const struct config_patterns *filed_by(const struct config_session *s,
					      enum file_under *under)
{
	*under = BY_USERNAME;
	if (s->usernames.count)
		return &s->usernames;
	*under = BY_CALLING;
	if (all_full(&s->calling))
		return &s->calling;
	*under = BY_CALLED;
	return all_full(&s->called) ? &s->called : NULL;
}

static size_t cards_of(const struct config_session *s)
{
	enum file_under under;
	const struct config_patterns *p = filed_by(s, &under);

	return p ? p->count : 1;
}

static void file(struct rules *r, size_t rule)
{
	enum file_under under;
	const struct config_patterns *p = filed_by(&r->sessions[rule], &under);

	if (!p)
		r->cards[r->count++] = (struct card){.under = BY_NOTHING, .text = "", .rule = rule};
	for (size_t i = 0; p && i < p->count; i++) {
		struct card *c = &r->cards[r->count++];

		if (under == BY_USERNAME)
			*c = card_of_username(p->list[i]);
		else
			*c = (struct card){.under = under,
					   .text = p->list[i],
					   .len = strlen(p->list[i])};
		c->rule = rule;
	}
}

struct rules *rules_new(const struct config_session *sessions, size_t count)
{
	size_t cards = 0;
	struct rules *r;

	for (size_t i = 0; i < count; i++)
		cards += cards_of(&sessions[i]);
	r = calloc(1, sizeof(*r) + cards * sizeof(r->cards[0]));
	if (!r)
		return NULL;
	r->sessions = sessions;
	r->first_named = SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		if (sessions[i].usernames.count && r->first_named == SIZE_MAX)
			r->first_named = i;
		file(r, i);
	}
	if (r->count)
		qsort(r->cards, r->count, sizeof(r->cards[0]), compare);
	return r;
}

void rules_free(struct rules *r)
{
	free(r);
}

static void open_drawer(struct drawers *d, const struct rules *r, enum file_under under,
			const char *text, size_t len)
{
	const struct card wanted = {.under = under, .text = text, .len = len};
	size_t low = 0, high = r->count;
	const struct card *end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_place(&r->cards[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = &r->cards[low]; end < &r->cards[r->count] && !compare_place(end, &wanted); end++)
		;
	if (end > &r->cards[low])
		d->list[d->count++] = (struct drawer){&r->cards[low], end};
}

static void open_drawers(struct drawers *d, const struct rules *r, const struct caller *c)
{
	size_t len = c->username ? strlen(c->username) : 0;

	d->count = 0;
	if (c->username && len <= PPP_NAME_MAX) {
		open_drawer(d, r, BY_USERNAME, c->username, len);
		for (size_t i = 1; i <= len; i++) {
			open_drawer(d, r, BY_USERNAME_START, c->username, i);
			open_drawer(d, r, BY_USERNAME_END, c->username + len - i, i);
		}
	}
	open_drawer(d, r, BY_CALLING, c->call->calling, strlen(c->call->calling));
	open_drawer(d, r, BY_CALLED, c->call->called, strlen(c->call->called));
	open_drawer(d, r, BY_NOTHING, "", 0);
}

/* The next rule in the file's order, or SIZE_MAX. */
static size_t next_rule(struct drawers *d)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < d->count; i++)
		if (d->list[i].next < d->list[i].end && d->list[i].next->rule < first)
			first = d->list[i].next->rule;
	/* It may be filed more than once. */
	for (size_t i = 0; i < d->count; i++)
		while (d->list[i].next < d->list[i].end && d->list[i].next->rule == first)
			d->list[i].next++;
	return first;
}

static bool fits(const struct config_patterns *p, const char *text)
{
	for (size_t i = 0; i < p->count; i++)
		if (pattern_match(p->list[i], text, false))
			return true;
	return !p->count;
}

/* A group is bytes; one that has a NUL in it is no text and fits no pattern. */
static bool group_fits(const struct config_patterns *p, const struct l2tp_call_info *call)
{
	char text[L2TP_NUMBER_MAX + 1] = "";

	memcpy(text, call->private_group, call->private_group_len);
	return !p->count || (strlen(text) == call->private_group_len && fits(p, text));
}

static bool needs_iccn(const struct config_session *s)
{
	return s->connect_speed_min || s->connect_speed_max || s->proxied != PROXIED_ANY;
}

static bool speed_fits(const struct config_session *s, uint64_t speed)
{
	return speed >= s->connect_speed_min &&
	       (!s->connect_speed_max || speed <= s->connect_speed_max);
}

/* All but the password. */
static enum rules_verdict conditions(const struct config_session *s, const struct caller *c)
{
	if (!fits(&s->calling, c->call->calling) || !fits(&s->called, c->call->called) ||
	    !group_fits(&s->private_groups, c->call))
		return RULES_NONE;
	if (c->connected &&
	    (!speed_fits(s, c->call->tx_speed) ||
	     (s->proxied != PROXIED_ANY && (s->proxied == PROXIED_YES) != c->proxied)))
		return RULES_NONE;
	if (c->username && !fits(&s->usernames, c->username))
		return RULES_NONE;
	if ((needs_iccn(s) && !c->connected) || (s->usernames.count && !c->username))
		return RULES_LATER;
	return RULES_MATCH;
}

/* A rule without a password asks for none. */
static enum rules_verdict password(const struct config_session *s, const struct caller *c)
{
	if (!s->password)
		return RULES_MATCH;
	if (!c->login)
		return RULES_LATER;
	return c->login->method != PPP_AUTH_NONE && ppp_login_verify(c->login, s->password)
		       ? RULES_MATCH
		       : RULES_NONE;
}

enum rules_verdict rules_match(const struct rules *r, const struct caller *caller,
			       const struct config_session **rule, const char **why)
{
	bool known_name = false, wrong_password = false;
	enum rules_verdict verdict;
	struct drawers d;
	size_t i;

	open_drawers(&d, r, caller);
	while ((i = next_rule(&d)) != SIZE_MAX) {
		const struct config_session *s = &r->sessions[i];

		if (!caller->username && i > r->first_named)
			return RULES_LATER;
		if (known_name && !s->usernames.count)
			continue;
		verdict = conditions(s, caller);
		if (verdict == RULES_MATCH) {
			verdict = password(s, caller);
			if (verdict == RULES_NONE) {
				wrong_password = true;
				known_name |= s->usernames.count > 0;
			}
		}
		*rule = s;
		if (verdict != RULES_NONE)
			return verdict;
	}
	if (!caller->username && r->first_named != SIZE_MAX)
		return RULES_LATER;
	*why = wrong_password ? "wrong password" : "no rule matches";
	return RULES_NONE;
}

/* What he showed fitted the old password, if that was looked at. */
enum rules_verdict rules_rematch(const struct rules *r, const struct caller *caller, bool logged_in,
				 const struct config_session *old,
				 const struct config_session **rule, const char **why)
{
	const struct ppp_login login = {
		.method = old->password ? PPP_AUTH_PAP : PPP_AUTH_NONE,
		.name = caller->username,
		.password = old->password,
	};
	struct caller again = *caller;

	again.login = logged_in ? &login : NULL;
	return rules_match(r, &again, rule, why);
}
