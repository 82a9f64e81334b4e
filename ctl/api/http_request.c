// SPDX-License-Identifier: GPL-2.0-only
/* What a client of the HTTP port says, see http.h. RFC 9112; everything here comes from a stranger. */
#include <arpa/inet.h>
#include <ctype.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <nettle/base64.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "api/http.h"

#define TOKEN_ROOM 1024

/* The next line, without its end, which becomes NUL; NULL: none is left. */
static char *next_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*text = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = 0;
	return line;
}

static bool is_visible(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static int parse_first_line(char *line, struct http_request *out)
{
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
	char *query;

	if (!version)
		return 400;
	*target++ = 0;
	*version++ = 0;
	if (strcmp(version, "HTTP/1.1") && strcmp(version, "HTTP/1.0"))
		return 505;
	out->head = !strcmp(line, "HEAD");
	if (!out->head && strcmp(line, "GET"))
		return 405;
	if (*target != '/' || !is_visible(target))
		return 400;
	query = strchr(target, '?');
	if (query)
		*query++ = 0;
	out->path = target;
	out->query = query;
	return 0;
}

/* Twice is one time too many: who is before us may have looked at the other one. */
static int keep(const char **where, const char *value)
{
	if (*where)
		return 400;
	*where = value;
	return 0;
}

static int parse_header(char *line, struct http_request *out)
{
	char *value = strchr(line, ':');

	if (!value || value == line)
		return 400;
	*value++ = 0;
	if (!is_visible(line))
		return 400;
	value += strspn(value, " \t");
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
		value[n - 1] = 0;
	if (!strcasecmp(line, "Host"))
		return keep(&out->host, value);
	if (!strcasecmp(line, "Authorization"))
		return keep(&out->authorization, value);
	if (!strcasecmp(line, "Transfer-Encoding") ||
	    (!strcasecmp(line, "Content-Length") && strcmp(value, "0")))
		return 413;
	return 0;
}

int http_parse(char *text, size_t len, struct http_request *out)
{
	char *line;
	int status;

	*out = (struct http_request){0};
	if (strlen(text) != len)
		return 400;
	line = next_line(&text);
	status = line ? parse_first_line(line, out) : 400;
	while (!status) {
		line = next_line(&text);
		if (!line || !*line)
			break;
		status = parse_header(line, out);
	}
	return status;
}

bool http_query(const struct http_request *r, const char *key, char *out, size_t room)
{
	struct evkeyvalq pairs;
	const char *value;

	if (!r->query || evhttp_parse_query_str(r->query, &pairs))
		return false;
	value = evhttp_find_header(&pairs, key);
	if (value)
		snprintf(out, room, "%s", value);
	evhttp_clear_headers(&pairs);
	return value;
}

/* The same time for every wrong one, whatever its length. */
static bool same(const char *a, size_t len, const char *b)
{
	uint8_t digests[2][SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)a);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, digests[0]);
	sha256_update(&ctx, strlen(b), (const uint8_t *)b);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, digests[1]);
	return memeql_sec(digests[0], digests[1], SHA256_DIGEST_SIZE);
}

/* The base64 of "anybody:token" (RFC 7617). */
static bool basic_allowed(const char *encoded, const char *token)
{
	uint8_t plain[BASE64_DECODE_LENGTH(TOKEN_ROOM)];
	struct base64_decode_ctx ctx;
	size_t len = sizeof(plain);
	const char *colon;

	if (strlen(encoded) > TOKEN_ROOM)
		return false;
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &len, plain, strlen(encoded), encoded) ||
	    !base64_decode_final(&ctx))
		return false;
	colon = memchr(plain, ':', len);
	return colon && same(colon + 1, len - (size_t)(colon + 1 - (char *)plain), token);
}

/* An address, or localhost, with or without a port. */
static bool is_local_name(const char *host)
{
	char name[64], *end;
	uint8_t address[16];

	if (snprintf(name, sizeof(name), "%s", host) >= (int)sizeof(name))
		return false;
	if (*name == '[') {
		end = strchr(name, ']');
		if (!end)
			return false;
		*end = 0;
		return inet_pton(AF_INET6, name + 1, address) == 1;
	}
	name[strcspn(name, ":")] = 0;
	return !strcasecmp(name, "localhost") || inet_pton(AF_INET, name, address) == 1;
}

bool http_allowed(const struct http_request *r, const char *token)
{
	const char *says = r->authorization;

	if (!token)
		return r->host && is_local_name(r->host);
	if (!says)
		return false;
	if (!strncasecmp(says, "Bearer ", 7))
		return same(says + 7, strlen(says + 7), token);
	return !strncasecmp(says, "Basic ", 6) && basic_allowed(says + 6, token);
}
