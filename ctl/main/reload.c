// SPDX-License-Identifier: GPL-2.0-only
/* Another configuration: read, prepared, put in place, and the old one freed in the end; see reload.h. */
#include "main/reload.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "main/admission.h"
#include "main/log.h"
#include "main/relay.h"
#include "main/service.h"
#include "main/set.h"
#include "main/web.h"
#include "policy/change.h"

#define TIDY_MS 100

/* What is wrong, for the log and for who asked. */
struct complaints {
	const struct logger *log;
	FILE *out;
};

static void complain(void *arg, const char *message)
{
	struct complaints *w = arg;

	log_error(w->log, "%s", message);
	if (w->out)
		fprintf(w->out, "\n%s", message);
}

static void complain_of(struct complaints *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void complain_of(struct complaints *w, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	complain(w, text);
}

static bool points_into(const void *p, const void *array, size_t count, size_t size)
{
	return (uintptr_t)p >= (uintptr_t)array && (uintptr_t)p < (uintptr_t)array + count * size;
}

#define IS_IN(p, config, member) \
	points_into(p, (config)->member, (config)->member##_count, sizeof(*(config)->member))

/* A call refers to what its tunnel does, or to less. */
static bool is_used(struct controller *c, const struct config *config)
{
	struct list *const outgoing[] = {&c->outgoing, &c->outgoing_leaving};
	struct list *const relays[] = {&c->relays, &c->relays_leaving};
	struct list *i, *keep;

	list_for_each(i, keep, &c->tunnels)
		if (IS_IN(list_item(i, struct tunnel, in_controller)->incoming, config, incoming))
			return true;
	list_for_each(i, keep, &c->sets)
		if (IS_IN(list_item(i, struct leg_set, in_controller)->config, config, sets))
			return true;
	for (int k = 0; k < 2; k++) {
		list_for_each(i, keep, outgoing[k]) {
			struct outgoing *o = list_item(i, struct outgoing, in_controller);

			if (IS_IN(o->config, config, outgoing) || IS_IN(o->next, config, outgoing))
				return true;
		}
		list_for_each(i, keep, relays[k])
			if (IS_IN(list_item(i, struct relay, in_controller)->config, config,
				  relays))
				return true;
	}
	return false;
}

static void free_what_left(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->outgoing_leaving) {
		struct outgoing *o = list_item(i, struct outgoing, in_controller);

		if (!o->tunnel)
			outgoing_free(o);
	}
	list_for_each(i, keep, &c->relays_leaving) {
		struct relay *r = list_item(i, struct relay, in_controller);

		if (!r->tunnel && !r->users)
			relay_free(r);
	}
	list_for_each(i, keep, &c->configs) {
		struct earlier *e = list_item(i, struct earlier, in_controller);

		if (is_used(c, e->config))
			continue;
		list_remove(i);
		underlay_forget(c, e->config);
		config_free(e->config);
		free(e);
	}
}

static void tidy(void *arg)
{
	struct controller *c = arg;
	bool leaving = reload_tunnels_leaving(c);

	free_what_left(c);
	if (leaving || !list_empty(&c->configs) || !list_empty(&c->outgoing_leaving) ||
	    !list_empty(&c->relays_leaving))
		timer_set(&c->timers, &c->tidy, TIDY_MS);
}

void reload_init(struct controller *c)
{
	list_init(&c->configs);
	list_init(&c->outgoing_leaving);
	list_init(&c->relays_leaving);
	timer_init(&c->tidy, tidy, c);
}

void reload_stop(struct controller *c)
{
	timer_cancel(&c->timers, &c->tidy);
}

void reload_free(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->configs) {
		config_free(list_item(i, struct earlier, in_controller)->config);
		free(list_item(i, struct earlier, in_controller));
	}
	config_free(c->config);
}

/* What may fail, all of it before anything is changed. */
struct prepared {
	struct earlier *earlier;
	struct admission_next *admission;
	struct http_server *old_http; /* still open, as long as the new one may have to go again */
	bool http;
};

/*
 * The old port stays open until nothing can fail any more: an account without privileges could not open it again. Only where
 * both are in each other's way is it closed first.
 */
static int prepare_http(struct controller *c, const struct config_http *http, struct prepared *p)
{
	struct http_server *old = c->http;
	int err;

	if (!change_http(&c->config->http, http))
		return 0;
	c->http = NULL;
	err = web_open(c, http);
	if (err == -EADDRINUSE && old) {
		http_server_free(old);
		old = NULL;
		err = web_open(c, http);
		if (err && web_open(c, &c->config->http))
			log_error(&c->log, "the HTTP port is closed now");
	} else if (err) {
		c->http = old;
	}
	if (err)
		return err;
	p->old_http = old;
	p->http = true;
	return 0;
}

static void undo(struct controller *c, struct prepared *p)
{
	dataplane_listen_only(c->dp, c->config->listen, c->config->listen_count);
	if (p->http) {
		web_close(c);
		c->http = p->old_http;
		if (!c->http && web_open(c, &c->config->http))
			log_error(&c->log, "the HTTP port is closed now");
	}
	admission_drop(p->admission);
	free(p->earlier);
}

static int prepare(struct controller *c, const struct config *config, struct prepared *p,
		   struct complaints *w)
{
	int err = admission_prepare(c, config, &p->admission);

	p->earlier = calloc(1, sizeof(*p->earlier));
	if (!p->earlier)
		err = -ENOMEM;
	if (err) {
		complain_of(w, err == -ENOSPC
				       ? "speed-total: too many entries that are gone from the "
					 "configuration still have sessions, try again later"
				       : "out of memory");
		return err;
	}
	err = dataplane_listen(c->dp, config->listen, config->listen_count);
	if (err) {
		complain_of(w, "listen: cannot listen on one of the addresses: %s", strerror(-err));
		return err;
	}
	err = prepare_http(c, &config->http, p);
	if (err) {
		complain_of(w, "http: cannot open the port: %s", strerror(-err));
		return err;
	}
	err = underlay_follow_config(c, config);
	if (err)
		complain_of(w, "table: cannot add the rules for tables of tunnels: %s",
			    strerror(-err));
	return err;
}

/* From here on nothing can fail as a whole. */
static void put_in_place(struct controller *c, struct config *config, struct prepared *p,
			 struct reload_counts *n)
{
	struct config *old = c->config;

	/* The memory is there, and a later file may need it again. */
	config->max_sets = old->max_sets;
	p->earlier->config = old;
	list_append(&c->configs, &p->earlier->in_controller);
	c->config = config;
	if (p->http)
		http_server_free(p->old_http);
	else if (c->http && http_server_token(c->http, config->http.token))
		log_error(&c->log, "http: out of memory, the token is the old one");
	controller_take_limits(c);
	c->log.level = config->log_level;
	reload_sets(c);
	reload_listen(c, n);
	reload_relays(c, n);
	reload_outgoing(c, n);
	reload_sessions_drop(c, n);
	admission_switch(c, p->admission);
	reload_sessions_change(c);
	reload_interfaces(c, old);
	log_apply(c);
	timer_set(&c->timers, &c->tidy, 0);
}

static int reload(struct controller *c, struct complaints *w, struct reload_counts *n)
{
	struct prepared p = {0};
	struct config *config;
	int err;

	if (c->stopping) {
		complain_of(w, "the controller is ending");
		return -ESHUTDOWN;
	}
	err = config_load(c->config_path, complain, w, &config);
	if (err)
		return err;
	err = change_refused(c->config, config, c->config_path, complain, w) ? -EBUSY : 0;
	if (!err) {
		err = prepare(c, config, &p, w);
		if (err) {
			undo(c, &p);
			underlay_forget(c, config);
		}
	}
	if (err)
		config_free(config);
	else
		put_in_place(c, config, &p, n);
	return err;
}

static int reload_and_tell(struct controller *c, struct complaints *w, char *text, size_t room)
{
	struct reload_counts n = {0};
	int err;

	log_info(&c->log, "reading %s again", c->config_path);
	service_reloading(c->service);
	err = reload(c, w, &n);
	if (err)
		log_error(&c->log, "the configuration is not used, and nothing has changed");
	snprintf(text, room, "%u sessions stay as they are, %u are changed, %u end", n.same,
		 n.changed, n.ended);
	if (!err)
		log_info(&c->log, "configuration changed: %s", text);
	service_ready(c->service);
	return err;
}

void reload_on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct controller *c = arg;
	struct complaints w = {.log = &c->log};
	char text[128];

	(void)sig;
	(void)what;
	controller_enter(c);
	reload_and_tell(c, &w, text, sizeof(text));
	controller_leave(c);
}

json_t *reload_answer(struct controller *c)
{
	struct complaints w = {.log = &c->log};
	char text[128], *wrong = NULL;
	json_t *answer = NULL;
	size_t len;
	int err;

	w.out = open_memstream(&wrong, &len);
	if (!w.out)
		return api_error("out of memory");
	fprintf(w.out, "nothing has changed, because:");
	err = reload_and_tell(c, &w, text, sizeof(text));
	if (!fclose(w.out))
		answer = err ? json_pack("{s:b, s:o}", "ok", 0, "error", status_text(wrong))
			     : json_pack("{s:b, s:s}", "ok", 1, "text", text);
	free(wrong);
	return answer;
}
