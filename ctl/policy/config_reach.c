// SPDX-License-Identifier: GPL-2.0-only
/*
 * Third pass: user names that no login gets to, because an earlier rule of the entry takes it whatever else is so. Such a rule
 * looks at the name alone, and asks for no password: one with a wrong password is passed over. They are filed as the
 * rules of an entry are, so that many of both take no long time.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "policy/rules.h"

struct takers {
	struct config_session *copies;
	size_t *place; /* of each in the entry */
	size_t count;
	struct rules *rules;
};

static bool takes(const struct config_session *s)
{
	return s->usernames.count && !s->password && !config_rule_is_picky(s);
}

static void takers_free(struct takers *t)
{
	rules_free(t->rules);
	free(t->copies);
	free(t->place);
}

static void takers_find(struct takers *t, struct reader *r, const struct config_incoming *in)
{
	size_t count = 0;

	*t = (struct takers){0};
	for (size_t i = 0; i < in->sessions_count; i++)
		count += takes(&in->sessions[i]);
	if (!count)
		return;
	t->copies = reader_alloc(r, count, sizeof(*t->copies));
	t->place = reader_alloc(r, count, sizeof(*t->place));
	for (size_t i = 0; t->copies && t->place && i < in->sessions_count; i++) {
		if (!takes(&in->sessions[i]))
			continue;
		t->copies[t->count] = in->sessions[i];
		t->place[t->count++] = i;
	}
	t->rules = rules_new(t->copies, t->count);
	if (!t->rules)
		r->error = -ENOMEM;
}

static bool lists(const struct config_session *s, const char *name)
{
	for (size_t i = 0; i < s->usernames.count; i++)
		if (!strcmp(s->usernames.list[i], name))
			return true;
	return false;
}

/*
 * The rule in front of the i-th that takes this name, or NULL. A pattern is a name too: what fits its text, in which a * is but
 * a letter, fits whatever that * stands for.
 */
static const struct config_session *taken_by(const struct takers *t, const char *name, size_t i)
{
	static const struct l2tp_call_info call;
	const struct caller caller = {.call = &call, .connected = true, .username = name};
	const struct config_session *taker;
	const char *why;

	if (rules_match(t->rules, &caller, &taker, &why) != RULES_MATCH)
		return NULL;
	return t->place[taker - t->copies] < i ? taker : NULL;
}

static void check_rule(const struct place *session, const struct takers *t,
		       const struct config_session *s, size_t i)
{
	for (size_t k = 0; k < s->usernames.count; k++) {
		const char *name = s->usernames.list[k];
		const struct config_session *taker = taken_by(t, name, i);

		/* Two that differ in nothing are told of elsewhere. */
		if (taker && !(lists(taker, name) && !config_rule_is_picky(s)))
			mistake(session, "username",
				"\"%.60s\" never gets here, as the rule of line %u takes it; put "
				"that one behind this one",
				name, taker->line);
	}
}

void config_check_reach(const struct place *root, const struct config *c)
{
	struct place incoming = place_key(root, "incoming");

	for (size_t i = 0; i < c->incoming_count; i++) {
		const struct config_incoming *in = &c->incoming[i];
		struct place entry = place_item(&incoming, i), list = place_key(&entry, "sessions");
		struct takers t;

		takers_find(&t, root->r, in);
		for (size_t j = 0; t.rules && j < in->sessions_count; j++) {
			struct place session = place_item(&list, j);

			check_rule(&session, &t, &in->sessions[j], j);
		}
		takers_free(&t);
	}
}
