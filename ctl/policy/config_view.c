// SPDX-License-Identifier: GPL-2.0-only
/* What is shown of it all, and to whom: `history:` and `http:`. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policy/config_read.h"

#define HTTP_PORT 9171
#define TOKEN_MIN 16
#define TOKEN_MAX 128

/* Where the service manager has made a directory for us, it is kept there. */
static char *default_file(struct reader *r)
{
	const char *dir = getenv("STATE_DIRECTORY");
	char path[PATH_MAX];

	if (!dir || *dir != '/')
		return NULL;
	snprintf(path, sizeof(path), "%.*s/history", (int)strcspn(dir, ":"), dir);
	return reader_copy(r, path);
}

static void check_history(const struct place *root, const struct raw_history *raw,
			  struct config_history *h)
{
	static const struct raw_history none;
	struct place at = place_key(root, "history");

	if (!raw)
		raw = &none;
	h->file = raw->file ? value_path(&at, "file", raw->file, 255, NULL) : default_file(root->r);
	h->sessions = value_number(&at, "sessions", raw->sessions,
				   (struct config_range){1, 1000000, 10000});
	h->save_interval = value_number(&at, "save-interval", raw->save_interval,
					(struct config_range){1, 86400, 900});
}

static bool is_loopback(const struct ip_addr *a)
{
	static const uint8_t ipv6[16] = {[15] = 1};

	return a->family == AF_INET ? a->bytes[0] == 127 : !memcmp(a->bytes, ipv6, sizeof(ipv6));
}

static void check_http_listen(const struct place *at, const struct raw_http *raw,
			      struct config_http *h)
{
	struct place list = place_key(at, "listen");

	if (!place_given(at, "listen")) {
		h->listen = reader_alloc(at->r, 1, sizeof(*h->listen));
		h->listen_count = !!h->listen;
		if (h->listen)
			ip_addr_parse(h->listen, "127.0.0.1");
		return;
	}
	if (!raw->listen_count)
		mistake(at, "listen",
			"is empty, give at least one address, or leave it out for 127.0.0.1");
	h->listen_count = value_addresses(at, "listen", raw->listen, raw->listen_count, &h->listen);
	for (size_t i = 0; i < h->listen_count && !h->token; i++) {
		struct place item = place_item(&list, i);

		if (h->listen[i].family && !is_loopback(&h->listen[i]))
			mistake(&item, NULL,
				"%s can be reached by others, give token-file too, or only listen "
				"at 127.0.0.1",
				raw->listen[i]);
	}
}

static void check_http(const struct place *root, const struct raw_http *raw, struct config_http *h)
{
	static const struct raw_http none;
	struct place at = place_key(root, "http");

	if (!raw)
		raw = &none;
	h->on = place_given(root, "http");
	if (!h->on)
		return;
	h->port = (uint16_t)value_number(&at, "port", raw->port,
					 (struct config_range){1, 65535, HTTP_PORT});
	h->token = value_secret(&at, "token", raw->token, raw->token_file, TOKEN_MAX);
	if (h->token && strlen(h->token) < TOKEN_MIN)
		mistake(&at, raw->token ? "token" : "token-file",
			"has %zu bytes, give at least %d that nobody can guess", strlen(h->token),
			TOKEN_MIN);
	check_http_listen(&at, raw, h);
	h->metrics_sessions = value_number(&at, "metrics-sessions", raw->metrics_sessions,
					   (struct config_range){0, 1000000, 1000});
	h->metrics_sets = value_number(&at, "metrics-sets", raw->metrics_sets,
				       (struct config_range){0, 1000000, 1000});
}

void config_check_view(const struct place *root, const struct raw_config *raw, struct config *c)
{
	check_history(root, raw->history, &c->history);
	check_http(root, raw->http, &c->http);
}
