/* SPDX-License-Identifier: GPL-2.0-only */
/* What the HTTP port serves: the page and its files, what it shows as JSON and CSV, and /metrics. */
#ifndef L2X_MAIN_WEB_H
#define L2X_MAIN_WEB_H

#include "api/http.h"
#include "main/controller.h"

/* Opens the port, if the configuration has one. 0 or a negative errno, said in the log. */
int web_open(struct controller *c, const struct config_http *http);
void web_close(struct controller *c);

/* web_metrics.c: in Prometheus' text format, see docs/metrics.md. */
void web_metrics(struct controller *c, struct evbuffer *out);
void web_metric_head(struct evbuffer *out, const char *name, const char *type, const char *help);
/* A label's value, escaped. */
void web_add_label(struct evbuffer *out, const char *value);
/* web_metrics_sets.c */
void web_metrics_sets(struct controller *c, struct evbuffer *out);

#endif
