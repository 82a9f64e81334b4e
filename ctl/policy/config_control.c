// SPDX-License-Identifier: GPL-2.0-only
/* What an entry says of its control channel, of the kind of its call, and of the login; the rest is
 * in config_check.c. */
#include "policy/config_read.h"

#include <string.h>
#include "l2tp/l2tp.h"

#define RETRANSMIT_CAP 8000 /* ms, RFC 2661 5.8: the cap may not be lower */

bool check_hide_avps(const struct place *at, const char *raw, const char *secret)
{
	bool hide = value_bool(at, "hide-avps", raw, false);

	if (hide && !secret)
		mistake(at, "hide-avps", "needs a secret to hide them with, give secret-file too");
	return hide;
}

/* No first time-out can be above the longest one. */
void check_retransmit(const struct place *at, const struct raw_retransmit *raw,
		      struct config_retransmit *r)
{
	r->timeout = value_number(at, "retransmit-timeout", raw->timeout,
				  (struct config_range){100, RETRANSMIT_CAP, 0});
	r->max = value_number(at, "retransmit-max", raw->max,
			      (struct config_range){RETRANSMIT_CAP, 60000, 0});
	r->tries =
		value_number(at, "retransmit-tries", raw->tries, (struct config_range){1, 100, 0});
}

/* RFC 1661 4.6 has them all configurable. */
void check_counters(const struct place *at, const struct raw_counters *raw, struct ppp_counters *c)
{
	const struct config_range times = {1, 255, 0};

	c->restart_interval = value_number(at, "ppp-restart-timeout", raw->restart,
					   (struct config_range){100, 60000, 0});
	c->max_configure =
		(uint16_t)value_number(at, "ppp-max-configure", raw->max_configure, times);
	c->max_terminate =
		(uint8_t)value_number(at, "ppp-max-terminate", raw->max_terminate, times);
	c->max_failure = (uint8_t)value_number(at, "ppp-max-failure", raw->max_failure, times);
}

static const char *const auth_words[] = {"mschapv2", "chap", "pap", NULL};
static const uint8_t auth_methods[] = {PPP_AUTH_MSCHAPV2, PPP_AUTH_CHAP_MD5, PPP_AUTH_PAP};

static void check_methods(const struct place *at, char *const *raw, unsigned raw_count,
			  uint8_t auth[PPP_AUTH_METHODS])
{
	struct place list = place_key(at, "authentication");
	unsigned count = 0;

	for (unsigned i = 0; i < raw_count; i++) {
		struct place item = place_item(&list, i);
		int word = value_word(&item, NULL, raw[i], auth_words, -1);

		if (word < 0)
			continue;
		if (memchr(auth, auth_methods[word], count))
			mistake(&item, NULL, "\"%s\" is in the list already, leave it out",
				auth_words[word]);
		else
			auth[count++] = auth_methods[word];
	}
}

void check_demand(const struct place *at, const struct raw_incoming *raw,
		  uint8_t demand[PPP_AUTH_METHODS])
{
	if (place_given(at, "authentication")) {
		check_methods(at, raw->authentication, raw->authentication_count, demand);
		return;
	}
	demand[0] = PPP_AUTH_CHAP_MD5;
	demand[1] = PPP_AUTH_PAP;
}

/* By default without PAP: whoever answers in the server's place, or listens, would have the
 * password. */
void check_offer(const struct place *at, const struct raw_outgoing *raw, struct config_outgoing *o)
{
	uint8_t list[PPP_AUTH_METHODS] = {PPP_AUTH_MSCHAPV2, PPP_AUTH_CHAP_MD5};

	if (place_given(at, "authentication")) {
		memset(list, 0, sizeof(list));
		check_methods(at, raw->authentication, raw->authentication_count, list);
		if (!raw->authentication_count)
			mistake(at, "authentication",
				"is empty; for no login, leave username and password out");
		else if (!raw->username)
			mistake(at, "authentication", "has no username, give username too");
	}
	for (unsigned i = 0; i < PPP_AUTH_METHODS && list[i]; i++)
		o->offer |= PPP_AUTH_BIT(list[i]);
}

void check_call(const struct place *at, const struct raw_outgoing *raw, struct config_outgoing *o)
{
	static const char *const words[] = {"incoming", "outgoing", NULL};

	o->calls_out = value_word(at, "call", raw->call, words, 0) == 1;
	/* RFC 2661 6.9 */
	if (o->calls_out && !raw->called_number)
		mistake(at, "call",
			"outgoing needs to know whom the LAC is to call, give called-number too");
	if (o->calls_out && raw->calling_number)
		mistake(at, "calling-number", "cannot be sent with an outgoing call, leave it out");
}
