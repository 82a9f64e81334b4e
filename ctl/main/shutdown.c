// SPDX-License-Identifier: GPL-2.0-only
/*
 * The orderly end. It goes in steps, each begun when the one before is done or its time is over:
 * calls (PPP Terminate, then CDN), tunnels (StopCCN), then the loop ends and controller.c removes
 * the data path and all that it made.
 */
#include <signal.h>
#include <string.h>
#include "main/call.h"
#include "main/controller.h"
#include "main/relay.h"
#include "main/service.h"

#define STOP_SECONDS 8 /* the longest that a silent peer can delay our end */

static bool calls_left(const struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, (struct list *)&c->tunnels)
		if (!list_empty(&list_item(i, struct tunnel, in_controller)->calls))
			return true;
	return false;
}

static void close_calls(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;

	list_for_each(i, keep_i, &c->tunnels)
		list_for_each(j, keep_j, &list_item(i, struct tunnel, in_controller)->calls)
			call_close(list_item(j, struct call, in_tunnel), "shutting down");
}

static void close_tunnels(struct controller *c)
{
	struct list *i, *keep;

	list_for_each(i, keep, &c->tunnels)
		l2tp_tunnel_close(list_item(i, struct tunnel, in_controller)->l2tp,
				  L2TP_STOP_SHUTDOWN, 0, "shutting down");
}

/* From a timer, so that no protocol layer is on the stack. */
static void check_stop(void *arg)
{
	struct controller *c = arg;

	if (calls_left(c))
		return;
	close_tunnels(c);
	if (l2tp_idle(c->l2tp))
		event_base_loopbreak(c->base);
	else
		timer_set(&c->timers, &c->stop_check, 20);
}

void controller_progress(struct controller *c)
{
	if (c->stopping)
		timer_set(&c->timers, &c->stop_check, 0);
}

static void stop_now(void *arg)
{
	struct controller *c = arg;

	log_warning(&c->log, "a peer does not answer: not waiting any longer");
	close_tunnels(c);
	event_base_loopbreak(c->base);
}

void shutdown_init(struct controller *c)
{
	timer_init(&c->stop_deadline, stop_now, c);
	timer_init(&c->stop_check, check_stop, c);
}

void shutdown_on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct controller *c = arg;

	(void)what;
	controller_enter(c);
	if (c->stopping) {
		event_base_loopbreak(c->base);
		return;
	}
	log_info(&c->log, "%s: ending sessions and tunnels", sig == SIGINT ? "SIGINT" : "SIGTERM");
	c->stopping = true;
	service_stopping(c->service);
	timer_set(&c->timers, &c->stop_deadline, STOP_SECONDS * 1000);
	outgoing_stop_all(c);
	relays_stop(c);
	close_calls(c);
	controller_progress(c);
	controller_leave(c);
}

/* What is left of calls after a time-out or a failed start: taken out of the kernel without telling
 * the peer. */
void shutdown_drop_calls(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;
	struct l2tp_end why = {.timed_out = true};

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);

		list_for_each(j, keep_j, &t->calls)
			call_down(list_item(j, struct call, in_tunnel), &why);
		if (t->outgoing)
			t->outgoing->tunnel = NULL;
		if (t->relay)
			t->relay->tunnel = NULL;
		tunnel_remove(t);
	}
	/* That was the last step of the end. */
	timer_cancel(&c->timers, &c->stop_deadline);
	timer_cancel(&c->timers, &c->stop_check);
}
