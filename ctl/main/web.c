// SPDX-License-Identifier: GPL-2.0-only
/* The HTTP port's paths, see web.h. The page's files are part of the program (ctl/web in the sources). */
#include "main/web.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "api/history_csv.h"
#include "api/history_svg.h"
#include "main/picture.h"
#include "main/quality.h"

#define FILE_OF(name) extern const char _binary_##name##_start[], _binary_##name##_end[]
FILE_OF(index_html);
FILE_OF(l2x_js);
FILE_OF(l2x_css);
FILE_OF(uPlot_js);
FILE_OF(uPlot_css);
FILE_OF(uPlot_LICENSE);

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

static const struct {
	const char *path, *type, *start, *end;
} files[] = {
#define FILE_AT(path, type, name)                                        \
	{                                                                \
		path, type, _binary_##name##_start, _binary_##name##_end \
	}
	FILE_AT("/", "text/html; charset=utf-8", index_html),
	FILE_AT("/l2x.js", "text/javascript; charset=utf-8", l2x_js),
	FILE_AT("/l2x.css", "text/css; charset=utf-8", l2x_css),
	FILE_AT("/uPlot.js", "text/javascript; charset=utf-8", uPlot_js),
	FILE_AT("/uPlot.css", "text/css; charset=utf-8", uPlot_css),
	FILE_AT("/uPlot.LICENSE", TEXT, uPlot_LICENSE),
};

/* And frees it; NULL: there was no memory for it. */
static int add_text(struct evbuffer *out, char *text)
{
	if (!text)
		return 503;
	evbuffer_add(out, text, strlen(text));
	free(text);
	return 200;
}

static int add_json(struct evbuffer *out, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	json_decref(answer);
	return add_text(out, text);
}

static int serve_metrics(struct controller *c, const struct http_request *r, struct evbuffer *out)
{
	(void)r;
	web_metrics(c, out);
	return 200;
}

static int serve_status(struct controller *c, const struct http_request *r, struct evbuffer *out)
{
	(void)r;
	return add_json(out, status_answer(c));
}

/* Of the line, set or tunnel that the query names. */
static json_t *history_of(const struct controller *c, const struct http_request *r)
{
	char name[HISTORY_NAME_MAX + 1];

	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		if (http_query(r, quality_kinds[kind], name, sizeof(name)))
			return quality_history(c, (enum history_kind)kind, name);
	return NULL;
}

static int serve_history(struct controller *c, const struct http_request *r, struct evbuffer *out)
{
	json_t *history = history_of(c, r);

	return history ? add_json(out, history) : 404;
}

static int serve_csv(struct controller *c, const struct http_request *r, struct evbuffer *out)
{
	json_t *history = history_of(c, r);
	char *text;

	if (!history)
		return 404;
	text = history_csv(history);
	json_decref(history);
	return add_text(out, text);
}

/* 200 with the graph that is asked for, to be freed; or what is wrong with the request. */
static int graph_of(const struct controller *c, const struct http_request *r, char **svg)
{
	char hours[8] = "6", *end;
	unsigned long n;
	json_t *history;

	http_query(r, "hours", hours, sizeof(hours));
	n = strtoul(hours, &end, 10);
	if (*end || n < 1 || n > HISTORY_HOURS)
		return 400;
	history = history_of(c, r);
	if (!history)
		return 404;
	*svg = history_svg(history, (uint64_t)time(NULL), (unsigned)n);
	json_decref(history);
	return *svg ? 200 : 503;
}

static int serve_svg(struct controller *c, const struct http_request *r, struct evbuffer *out)
{
	char *svg;
	int status = graph_of(c, r, &svg);

	return status == 200 ? add_text(out, svg) : status;
}

static int serve_png(struct controller *c, const struct http_request *r, struct http_client *client)
{
	char *svg;
	int status = graph_of(c, r, &svg);

	if (status != 200)
		return status;
	picture_answer(c, client, svg);
	return HTTP_LATER;
}

static const struct {
	const char *path, *type;
	int (*serve)(struct controller *c, const struct http_request *r, struct evbuffer *out);
} pages[] = {
	{"/metrics", "text/plain; version=0.0.4; charset=utf-8", serve_metrics},
	{"/status.json", JSON, serve_status},
	{"/history.json", JSON, serve_history},
	{"/history.csv", "text/csv; charset=utf-8", serve_csv},
	{"/history.svg", "image/svg+xml", serve_svg},
};

static int handle(void *owner, const struct http_request *r, struct evbuffer *out,
		  const char **type, struct http_client *client)
{
	struct controller *c = owner;
	int status = 404;

	if (!strcmp(r->path, "/history.png")) {
		controller_enter(c);
		status = serve_png(c, r, client);
		controller_leave(c);
		return status;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(files[i].path, r->path)) {
			*type = files[i].type;
			evbuffer_add_reference(out, files[i].start,
					       (size_t)(files[i].end - files[i].start), NULL, NULL);
			return 200;
		}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (!strcmp(pages[i].path, r->path)) {
			controller_enter(c);
			status = pages[i].serve(c, r, out);
			controller_leave(c);
			if (status == 200)
				*type = pages[i].type;
		}
	return status;
}

int web_open(struct controller *c, const struct config_http *http)
{
	const struct http_setup setup = {
		.base = c->base,
		.listen = http->listen,
		.listen_count = http->listen_count,
		.port = http->port,
		.token = http->token,
		.handler = handle,
		.owner = c,
		.log = &c->log,
	};

	return http->on ? http_server_new(&c->http, &setup) : 0;
}

void web_close(struct controller *c)
{
	http_server_free(c->http);
	c->http = NULL;
}
