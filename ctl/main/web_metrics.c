// SPDX-License-Identifier: GPL-2.0-only
/*
 * /metrics, in Prometheus' text format 0.0.4; docs/metrics.md has the names. Series of lines are by
 * the line's name, which stays the same when a session comes back, and there are no more of them than
 * the configuration says.
 */
#include "base/version.h"
#include "main/call.h"
#include "main/quality.h"
#include "main/web.h"

void web_metric_head(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void web_add_label(struct evbuffer *out, const char *value)
{
	for (; *value; value++)
		if (*value == '\n')
			evbuffer_add(out, "\\n", 2);
		else if (*value == '"' || *value == '\\')
			evbuffer_add_printf(out, "\\%c", *value);
		else
			evbuffer_add(out, value, 1);
}

static void one(struct evbuffer *out, const char *name, const char *label, const char *value,
		double number)
{
	evbuffer_add_printf(out, "%s", name);
	if (label && value) {
		evbuffer_add_printf(out, "{%s=\"", label);
		web_add_label(out, value);
		evbuffer_add_printf(out, "\"}");
	}
	evbuffer_add_printf(out, " %.17g\n", number);
}

struct counted {
	unsigned tunnels[2], sessions[2], waiting; /* outgoing, incoming */
};

static struct counted count(struct controller *c)
{
	struct list *i, *j, *keep_i, *keep_j;
	struct counted n = {0};

	list_for_each(i, keep_i, &c->tunnels) {
		struct tunnel *t = list_item(i, struct tunnel, in_controller);
		bool incoming = t->incoming;

		n.tunnels[incoming] += t->since != 0;
		list_for_each(j, keep_j, &t->calls)
			n.sessions[incoming] += list_item(j, struct call, in_tunnel)->since != 0;
	}
	list_for_each(i, keep_i, &c->outgoing)
		n.waiting += !list_item(i, struct outgoing, in_controller)->tunnel;
	return n;
}

static void add_program(struct controller *c, struct evbuffer *out)
{
	static const char *const roles[] = {"outgoing", "incoming"};
	const struct counted n = count(c);

	web_metric_head(out, "l2x_build_info", "gauge", "Version of the program; always 1.");
	one(out, "l2x_build_info", "version", L2X_VERSION, 1);
	web_metric_head(out, "l2x_uptime_seconds", "gauge", "Time since the program was started.");
	one(out, "l2x_uptime_seconds", NULL, NULL, (double)(c->timers.now - c->started) / 1000);
	web_metric_head(out, "l2x_tunnels", "gauge",
			"Tunnels that are established, by who dialled.");
	for (int i = 0; i < 2; i++)
		one(out, "l2x_tunnels", "role", roles[i], n.tunnels[i]);
	web_metric_head(out, "l2x_sessions", "gauge",
			"Sessions that carry traffic, by who dialled the tunnel.");
	for (int i = 0; i < 2; i++)
		one(out, "l2x_sessions", "role", roles[i], n.sessions[i]);
	web_metric_head(out, "l2x_outgoing_waiting", "gauge",
			"Outgoing tunnels of the configuration that are not there.");
	one(out, "l2x_outgoing_waiting", NULL, NULL, n.waiting);
}

static void add_drops(struct controller *c, struct evbuffer *out)
{
	static const char *const reasons[L2X_REASON_COUNT] = {
#define X(id, name, text) name,
		L2X_REASONS(X)
#undef X
	};
	const struct l2tp_rejected *r = l2tp_rejected(c->l2tp);
	struct l2x_counters global = {0};

	dataplane_global_counters(c->dp, &global);
	web_metric_head(out, "l2x_dropped_packets_total", "counter",
			"Dropped packets that belong to no session, by reason.");
	for (int i = 0; i < L2X_REASON_COUNT; i++)
		one(out, "l2x_dropped_packets_total", "reason", reasons[i],
		    (double)global.drops[i]);
	web_metric_head(out, "l2x_rejected_total", "counter",
			"What peers asked for beyond a limit, by limit.");
	one(out, "l2x_rejected_total", "limit", "sessions-per-tunnel",
	    (double)r->sessions_per_tunnel);
	one(out, "l2x_rejected_total", "limit", "tunnels-per-peer", (double)r->tunnels_per_peer);
	one(out, "l2x_rejected_total", "limit", "half-open", (double)r->half_open);
	one(out, "l2x_rejected_total", "limit", "attempts-per-second",
	    (double)r->attempts_per_second);
}

static double up(const struct history_entry *e)
{
	return e->live;
}

static double rtt(const struct history_entry *e)
{
	return (double)e->last.rtt_sum / 1000 / e->last.answered;
}

#define TOTAL(member)                                               \
	static double total_##member(const struct history_entry *e) \
	{                                                           \
		return (double)e->totals.member;                    \
	}
TOTAL(starts)
TOTAL(rx_bytes)
TOTAL(tx_bytes)
TOTAL(rx_packets)
TOTAL(tx_packets)
TOTAL(drops)
TOTAL(echoes)
TOTAL(lost)

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct history_entry *e);
} lines[] = {
	{"l2x_line_sessions", "gauge", "Sessions that the line has.", up},
	{"l2x_line_rtt_seconds", "gauge", "Round trip of LCP echoes, mean of the last ten seconds.",
	 rtt},
	{"l2x_line_starts_total", "counter", "Sessions that came up.", total_starts},
	{"l2x_line_receive_bytes_total", "counter", "Payload from the tunnel.", total_rx_bytes},
	{"l2x_line_transmit_bytes_total", "counter", "Payload into the tunnel.", total_tx_bytes},
	{"l2x_line_receive_packets_total", "counter", "Packets from the tunnel.", total_rx_packets},
	{"l2x_line_transmit_packets_total", "counter", "Packets into the tunnel.",
	 total_tx_packets},
	{"l2x_line_dropped_packets_total", "counter", "Packets of its sessions that were dropped.",
	 total_drops},
	{"l2x_line_echoes_total", "counter", "LCP echoes that were answered or given up.",
	 total_echoes},
	{"l2x_line_echoes_lost_total", "counter", "LCP echoes that were given up.", total_lost},
};

/* A round trip of a line that is down, or has no echoes, is no number. */
static bool has_value(const struct history_entry *e, double (*value)(const struct history_entry *e))
{
	return value != rtt || (e->live && e->last.answered);
}

static void add_lines(struct controller *c, struct evbuffer *out)
{
	const uint32_t most = c->config->http.metrics_sessions,
		       all = c->history[HISTORY_LINES].count;
	struct list *i, *keep;

	web_metric_head(out, "l2x_lines_omitted", "gauge",
			"Lines without series of their own, see metrics-sessions.");
	one(out, "l2x_lines_omitted", NULL, NULL, all > most ? all - most : 0);
	for (size_t m = 0; most && m < sizeof(lines) / sizeof(lines[0]); m++) {
		uint32_t n = 0;

		web_metric_head(out, lines[m].name, lines[m].type, lines[m].help);
		list_for_each(i, keep, &c->history[HISTORY_LINES].order) {
			const struct history_entry *e =
				list_item(i, struct history_entry, in_order);

			if (n++ == most)
				break;
			if (has_value(e, lines[m].value))
				one(out, lines[m].name, "line", e->name, lines[m].value(e));
		}
	}
}

void web_metrics(struct controller *c, struct evbuffer *out)
{
	add_program(c, out);
	add_drops(c, out);
	add_lines(c, out);
	web_metrics_sets(c, out);
}
