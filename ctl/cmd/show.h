/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * l2x show and l2x top. From the controller's status, filtered, rows are made for the kind of thing that is asked for;
 * each row is a JSON object with a `name`. They are printed as a table, as all their members, or as JSON.
 */
#ifndef L2X_CMD_SHOW_H
#define L2X_CMD_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include "base/addr.h"
#include "cmd/text_table.h"

#define SHOW_FILTERS "[--user PATTERN] [--peer PATTERN] [--set PATTERN] [--prefix PREFIX]"
#define SHOW_OUTPUT  "[--json] [-v]"
#define SHOW_USAGE                                                                          \
	"[-s SOCKET] " SHOW_OUTPUT " " SHOW_FILTERS " [--watch] [--interval S] [--count N]" \
	" tunnels|sessions|sets|routes|interfaces|peers|drops [NAME], or history LINE"
#define TOP_USAGE "[-s SOCKET] " SHOW_OUTPUT " " SHOW_FILTERS " [--interval S] [--count N] [NAME]"

/* What is shown of all there is. NULL: any. */
struct show_filter {
	const char *name, *user, *peer, *set; /* with `*` */
	const struct ip_prefix *prefix;
};

struct show_sample {
	const json_t *status;
	const json_t *before; /* the one before it; NULL: there is none */
	double seconds;	      /* between them */
};

struct show_kind {
	const char *name;
	/* A new array. status has been filtered. */
	json_t *(*rows)(const struct show_sample *s, const struct show_filter *f);
	const char *heading;
	void (*row)(struct text_table *t, const json_t *row);
	bool by_session; /* the filters by user, peer, set and prefix mean something */
	bool rates;	 /* needs two samples */
};

/* NULL: there is none of this name. */
const struct show_kind *show_kind_find(const char *name);

/* show_filter.c: a new object, with the tunnels, sessions and sets that fit. */
json_t *show_filter_apply(const json_t *status, const struct show_filter *f);
bool show_filter_prefix(const struct show_filter *f, const char *prefix);
/* By user, peer, set or prefix. */
bool show_filter_is_set(const struct show_filter *f);
/* Without its port. buf has ENDPOINT_TEXT bytes and is returned. */
const char *show_peer_address(const json_t *tunnel, char *buf);

/* show_rows.c */
json_t *show_tunnels(const struct show_sample *s, const struct show_filter *f);
json_t *show_sessions(const struct show_sample *s, const struct show_filter *f);
json_t *show_sets(const struct show_sample *s, const struct show_filter *f);
json_t *show_routes(const struct show_sample *s, const struct show_filter *f);
json_t *show_interfaces(const struct show_sample *s, const struct show_filter *f);
json_t *show_peers(const struct show_sample *s, const struct show_filter *f);
json_t *show_drops(const struct show_sample *s, const struct show_filter *f);
/* show_rates.c */
json_t *show_rates(const struct show_sample *s, const struct show_filter *f);
/* Of all levels; what is "packets" or "bytes". */
uint64_t show_sum(const json_t *counts, const char *what);

/* show_history.c: `l2x show history`, argv[0] is both words. */
int show_history(int argc, char **argv);

#endif
