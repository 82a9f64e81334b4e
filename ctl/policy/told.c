// SPDX-License-Identifier: GPL-2.0-only
/* What the next LNS is told, see told.h. */
#include "policy/told.h"

#include <string.h>
#include "wire/l2tp_avp.h"

static const char substitutions[] = "uncd%";

const char *told_unknown(const char *text)
{
	for (; (text = strchr(text, '%')); text += 2)
		if (!text[1] || !strchr(substitutions, text[1]))
			return text;
	return NULL;
}

/* What stands for %which, which is not ended by a 0. */
static const char *substitute(char which, const struct told_caller *caller, size_t *len)
{
	const char *at, *with = "%";

	switch (which) {
	case 'u':
	case 'n':
		with = caller->login;
		break;
	case 'c':
		with = caller->call->calling;
		break;
	case 'd':
		with = caller->call->called;
		break;
	}
	at = which == 'n' ? strrchr(with, '@') : NULL;
	*len = at ? (size_t)(at - with) : strlen(with);
	return with;
}

bool told_text(const char *text, const struct told_caller *caller, char *out, size_t room)
{
	size_t used = 0;

	while (*text) {
		const char *with = text;
		size_t len = 1;

		if (*text == '%' && text[1])
			with = substitute(*++text, caller, &len);
		text++;
		if (used + len >= room) {
			*out = 0;
			return false;
		}
		memcpy(out + used, with, len);
		used += len;
	}
	out[used] = 0;
	return true;
}

/* out has what the LAC has said. */
static void tell(const struct config_told *t, const char *key, const struct told_caller *caller,
		 const struct logger *log, char *out, size_t room)
{
	if (t->policy != TOLD_RELAY)
		*out = 0;
	if (t->policy == TOLD_REGENERATE && !told_text(t->text, caller, out, room))
		log_warning(log, "%s is not told: it has more than %zu bytes", key, room - 1);
}

static void tell_group(const struct config_told *t, const struct told_caller *caller,
		       const struct logger *log, struct l2tp_call_info *out)
{
	char text[sizeof(out->private_group) + 1] = "";

	if (t->policy == TOLD_RELAY)
		return;
	tell(t, "private-group", caller, log, text, sizeof(text));
	out->private_group_len = (uint8_t)strlen(text);
	memcpy(out->private_group, text, out->private_group_len);
}

/* RFC 2661 4.4.4: 32 bits. */
static uint32_t speed_of(uint64_t limit, uint32_t line)
{
	if (!limit)
		return line;
	return limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

void told_call(const struct config_relay *policy, const struct told_caller *caller,
	       const struct logger *log, struct l2tp_call_info *out)
{
	*out = *caller->call;
	out->proxy = NULL;
	tell(&policy->calling, "calling-number", caller, log, out->calling, sizeof(out->calling));
	tell(&policy->called, "called-number", caller, log, out->called, sizeof(out->called));
	/* It is a part of the number that the LAC has said. */
	if (policy->called.policy != TOLD_RELAY)
		*out->sub_address = 0;
	tell_group(&policy->private_group, caller, log, out);
	/* The LAC's directions: what it sends on its line is what we send to it. */
	if (policy->connect_speed == TOLD_REGENERATE) {
		out->tx_speed = speed_of(caller->speed, out->tx_speed);
		out->rx_speed = speed_of(caller->speed_rx, out->rx_speed);
	}
	if (policy->framing == TOLD_REGENERATE)
		out->framing_type = L2TP_FRAMING_SYNC;
}

static void forget_lcp(struct l2tp_proxy *x)
{
	x->proxy_lcp_initial.len = 0;
	x->proxy_lcp_last_sent.len = 0;
	x->proxy_lcp_last_received.len = 0;
}

static void forget_login(struct l2tp_proxy *x)
{
	/* Without a copy of its password, which would stay on the stack. */
	const struct l2tp_proxy lcp = {.proxy_lcp_initial = x->proxy_lcp_initial,
				       .proxy_lcp_last_sent = x->proxy_lcp_last_sent,
				       .proxy_lcp_last_received = x->proxy_lcp_last_received};

	*x = lcp;
}

bool told_proxy(const struct config_relay *policy, const struct told_caller *caller,
		const struct logger *log, struct l2tp_proxy *proxy)
{
	if (policy->proxy_lcp == TOLD_DROP)
		forget_lcp(proxy);
	if (policy->proxy_auth.policy == TOLD_DROP)
		forget_login(proxy);
	else if (*proxy->proxy_auth_name)
		tell(&policy->proxy_auth, "proxy-auth", caller, log, proxy->proxy_auth_name,
		     sizeof(proxy->proxy_auth_name));
	return proxy->proxy_auth_type || proxy->proxy_lcp_initial.len ||
	       proxy->proxy_lcp_last_sent.len || proxy->proxy_lcp_last_received.len;
}
