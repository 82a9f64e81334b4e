// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets in the configuration: who is a leg of which, and what is said of legs that do not fit together.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "policy/config.h"

struct heard {
	char text[8192];
};

static void hear(void *arg, const char *message)
{
	struct heard *h = arg;

	assert_true(strlen(h->text) + strlen(message) + 2 < sizeof(h->text));
	strcat(h->text, message);
	strcat(h->text, "\n");
}

#define OUT(name)            \
	"- name: " name "\n" \
	"  server: 192.0.2.1\n"
#define TWO "outgoing:\n" OUT("a") "  ha-set: home\n" OUT("b") "  ha-set: home\n"
#define IN                           \
	"incoming:\n"                \
	"- name: lns\n"              \
	"  local-ppp-ip: 10.0.0.1\n" \
	"  sessions:\n"              \
	"  - username: alice\n"

static struct config *parse(const char *text)
{
	struct heard h = {""};
	struct config *c;
	int err = config_parse("l2x.conf", text, strlen(text), hear, &h, &c);

	assert_string_equal(h.text, "");
	assert_int_equal(err, 0);
	return c;
}

static const struct {
	const char *text, *said;
} cases[] = {
	{"outgoing:\n" OUT("a") "  ha-set: x\n  bond-set: y\n",
	 "l2x.conf:5: outgoing[0].bond-set: cannot be together with ha-set, leave one of them "
	 "out\n"},
	{"outgoing:\n" OUT("a") "  ha-set: x\n" OUT("b") "  bond-set: x\n",
	 "l2x.conf:7: outgoing[1].bond-set: \"x\" is a ha-set at outgoing[0].ha-set (line 4), give "
	 "another name or the same key\n"},
	{TWO "  payload-table: 7\n",
	 "l2x.conf:7: outgoing[1].ha-set: \"home\" is behind interface l2x0 with metric 0 at "
	 "outgoing[0].ha-set (line 4), but l2x7 with 0 here; give all its legs the same "
	 "payload-table, interface and metric\n"},
	{"outgoing:\n" OUT("a") "  ha-set: x\n  local-ppp-ip: 10.0.0.2\n" OUT(
		 "b") "  ha-set: x\n" OUT("c") "  ha-set: x\n  local-ppp-ip: 10.0.0.3\n",
	 "l2x.conf:11: outgoing[2].ha-set: \"x\" has local-ppp-ip 10.0.0.2 at outgoing[0].ha-set "
	 "(line 4), but 10.0.0.3 here; give all its legs the same, or none\n"},
	{"outgoing:\n" OUT("a") "  ha-set: x\n  weight: 3\n",
	 "l2x.conf:5: outgoing[0].weight: is for legs of a bond-set, give one or leave this out\n"},
	{"outgoing:\n" OUT("a") "  bond-set: x\n  weight: 0\n",
	 "l2x.conf:5: outgoing[0].weight: 0 is out of range, give 1 to 65535\n"},
	{"outgoing:\n" OUT("a") "  ha-set: '%u'\n",
	 "l2x.conf:4: outgoing[0].ha-set: %u is who logs in to us, and nobody does here\n"},
	{IN "    ha-set: 'a%'\n",
	 "l2x.conf:6: incoming[0].sessions[0].ha-set: \"a%\": of the names "
	 "with %, only %u is known\n"},
	{"incoming:\n- name: lns\n  authentication: []\n  sessions:\n  - ha-set: '%u'\n",
	 "l2x.conf:5: incoming[0].sessions[0].ha-set: %u is the login, and `authentication: []` "
	 "asks for none\n"},
	{"sets:\n- name: x\n" TWO, "l2x.conf:2: sets[0].name: \"x\" has no leg, give an entry this "
				   "ha-set or bond-set\n"},
	{"sets:\n- name: home\n- name: home\n" TWO,
	 "l2x.conf:3: sets[1].name: \"home\" is sets[0] already, leave one out\n"},
	{"sets:\n- sequence: plain\n" TWO,
	 "l2x.conf:2: sets[0].name: is missing, give the name that its legs give\n"},
	{"sets:\n- name: home\n  spread: packet\n" TWO,
	 "l2x.conf:3: sets[0].spread: is for bond sets, and \"home\" is an ha-set; leave it out\n"},
	{"sets:\n- name: x\n  skew: 5\noutgoing:\n" OUT("a") "  bond-set: x\n",
	 "l2x.conf:3: sets[0].skew: is for ha sets, and \"x\" is a bond-set; leave it out\n"},
	{"sets:\n- name: home\n  sequence: long\n  skew: 0\n" TWO,
	 "l2x.conf:3: sets[0].sequence: \"long\" is not known here, give plain or extended\n"
	 "l2x.conf:4: sets[0].skew: 0 is out of range, give 1 to 10000\n"},
	/* A prefix may lead to one set by several legs, and to no other set or session. */
	{TWO OUT("c"), "l2x.conf:8: outgoing[2].routes: 0.0.0.0/0 leads to outgoing[0].routes "
		       "already (line 2) in payload table 254, give another prefix or leave it "
		       "out\n"
		       "l2x.conf:8: outgoing[2].routes: ::/0 leads to outgoing[0].routes already "
		       "(line 2) in payload table 254, give another prefix or leave it out\n"},
	{IN "    ha-set: '%u'\n    routes: [10.1.0.0/16]\n  - username: bob\n    ha-set: '%u'\n"
	    "    routes: [10.1.0.0/16]\n",
	 "l2x.conf:10: incoming[0].sessions[1].routes[0]: 10.1.0.0/16 leads to "
	 "incoming[0].sessions[0].routes[0] already (line 7) in payload table 254, give another "
	 "prefix or leave it out\n"},
};

static void mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard h = {""};
		struct config *c;
		int err = config_parse("l2x.conf", cases[i].text, strlen(cases[i].text), hear, &h,
				       &c);

		assert_string_equal(h.text, cases[i].said);
		assert_int_equal(err, -EINVAL);
	}
}

static void nine_legs_are_one_too_many(void **state)
{
	char text[1024] = "outgoing:\n";
	struct heard h = {""};
	struct config *c;

	(void)state;
	for (int i = 0; i < 9; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "- {name: leg%d, server: 192.0.2.1, ha-set: s}\n", i);
	assert_int_equal(config_parse("l2x.conf", text, strlen(text), hear, &h, &c), -EINVAL);
	assert_string_equal(h.text, "l2x.conf:10: outgoing[8].ha-set: \"s\" has more than 8 legs "
				    "with this one, give at most that many\n");
	*strstr(text, "- {name: leg8") = 0;
	config_free(parse(text));
}

static void a_set_is_there_by_its_name(void **state)
{
	struct config *c = parse(TWO);

	(void)state;
	assert_int_equal(c->sets_count, 1);
	assert_ptr_equal(c->outgoing[0].set, &c->sets[0]);
	assert_ptr_equal(c->outgoing[1].set, &c->sets[0]);
	assert_string_equal(c->sets[0].name, "home");
	assert_int_equal(c->sets[0].kind, CONFIG_SET_HA);
	assert_int_equal(c->sets[0].skew, 500);
	assert_int_equal(c->sets[0].dialled, 2);
	assert_true(!c->sets[0].extended && !c->sets[0].per_packet && !c->sets[0].per_login);
	assert_false(c->sets[0].any_vendor);
	config_free(c);
}

static void settings(void **state)
{
	struct config *c =
		parse("sets:\n- {name: '%u', sequence: extended, skew: 1000, any-vendor: yes, "
		      "on-up: /bin/true}\n"
		      "- {name: b, spread: packet}\n"
		      "outgoing:\n" OUT("a") "  bond-set: b\n  weight: 3\n" OUT(
			      "b") "  bond-set: b\n" IN "    ha-set: '%u'\n  - username: bob\n    "
				   "ha-set: '%u'\n  - username: eve\n");

	(void)state;
	assert_int_equal(c->sets_count, 2);
	assert_string_equal(c->sets[0].name, "%u");
	assert_int_equal(c->sets[0].kind, CONFIG_SET_HA);
	assert_true(c->sets[0].per_login && c->sets[0].extended && c->sets[0].any_vendor);
	assert_int_equal(c->sets[0].skew, 1000);
	assert_string_equal(c->sets[0].scripts.on_up, "/bin/true");
	assert_int_equal(c->sets[1].kind, CONFIG_SET_BOND);
	assert_true(c->sets[1].per_packet);
	assert_ptr_equal(c->outgoing[0].set, &c->sets[1]);
	assert_int_equal(c->outgoing[0].weight, 3);
	assert_int_equal(c->outgoing[1].weight, 0);
	assert_ptr_equal(c->incoming[0].sessions[0].set, &c->sets[0]);
	assert_ptr_equal(c->incoming[0].sessions[1].set, &c->sets[0]);
	assert_null(c->incoming[0].sessions[2].set);
	config_free(c);
}

/* The same address and prefix behind two tunnels, as long as both lead to one set. */
static void legs_share_their_routes(void **state)
{
	struct config *c = parse("incoming:\n- &lns\n  name: a\n  remote-hostname: a\n  "
				 "local-ppp-ip: 10.0.0.1\n  sessions:\n  - &alice\n    username: "
				 "alice\n    remote-ppp-ip: 10.0.0.2\n    routes: [10.1.0.0/16]\n  "
				 "  ha-set: '%u'\n- name: b\n  remote-hostname: b\n  local-ppp-ip: "
				 "10.0.0.1\n  sessions:\n  - *alice\n");

	(void)state;
	assert_ptr_equal(c->incoming[0].sessions[0].set, c->incoming[1].sessions[0].set);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes),
		cmocka_unit_test(nine_legs_are_one_too_many),
		cmocka_unit_test(a_set_is_there_by_its_name),
		cmocka_unit_test(settings),
		cmocka_unit_test(legs_share_their_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
