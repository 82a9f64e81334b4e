// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of tunnels, and how one is made and freed. Which of them a message belongs to is in
 * input.c.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/hash.h"

#define DEFAULT_WINDOW	       16
#define WINDOW_MAX	       1024 /* early messages that a peer can make us keep */
#define DEFAULT_RETRANSMIT     1000 /* ms, RFC 2661 5.8 */
#define DEFAULT_RETRANSMIT_MAX 8000
/*
 * RFC 2661 5.8 recommends 5, which is right for a set-up: it can begin again, and elsewhere. But
 * with 30 % of all packets lost, one message in fifty is then given up, and on an established
 * tunnel all its sessions with it. With 10 it is one in two thousand, and a dead peer is still
 * found 71 seconds after the first unanswered message.
 */
#define DEFAULT_TRIES_SETUP 5
#define DEFAULT_TRIES	    10

uint16_t l2tp_free_id(struct l2tp *l, const struct idmap *map)
{
	uint16_t id;

	if (map->count >= UINT16_MAX)
		return 0;
	l->setup.random(l->setup.owner, &id, sizeof(id));
	while (!id || idmap_find(map, id))
		id++;
	return id;
}

struct l2tp *l2tp_new(const struct l2tp_setup *setup)
{
	struct l2tp *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->setup = *setup;
	TAILQ_INIT(&l->tunnels);
	setup->random(setup->owner, &l->serial, sizeof(l->serial));
	setup->random(setup->owner, &l->seed, sizeof(l->seed));
	l->gate = (struct gate){.seed = l->seed, .period = 1000};
	return l;
}

void l2tp_free(struct l2tp *l)
{
	struct l2tp_tunnel *t;

	if (!l)
		return;
	while ((t = TAILQ_FIRST(&l->tunnels)))
		tunnel_free(t);
	idmap_free(&l->by_id);
	idmap_free(&l->by_request);
	idmap_free(&l->by_source);
	gate_free(&l->gate);
	free(l);
}

void l2tp_set_limits(struct l2tp *l, const struct l2tp_limits *limits)
{
	l->setup.limits = *limits;
}

const struct l2tp_rejected *l2tp_rejected(const struct l2tp *l)
{
	return &l->rejected;
}

size_t l2tp_tunnel_count(const struct l2tp *l)
{
	return l->by_id.count;
}

uint32_t source_key(const struct l2tp *l, const struct ip_addr *ip)
{
	return fnv1a(l->seed, ip->bytes, sizeof(ip->bytes));
}

static struct l2tp_tunnel *same_source(struct idnode *n, const struct ip_addr *ip)
{
	for (; n; n = idmap_next(n)) {
		struct l2tp_tunnel *t = container_of(n, struct l2tp_tunnel, by_source);

		if (ip_addr_eq(&t->st.path.peer.ip, ip))
			return t;
	}
	return NULL;
}

struct l2tp_tunnel *source_first(const struct l2tp *l, const struct ip_addr *ip)
{
	return same_source(idmap_find(&l->by_source, source_key(l, ip)), ip);
}

struct l2tp_tunnel *source_next(const struct l2tp_tunnel *t)
{
	return same_source(idmap_next(&t->by_source), &t->st.path.peer.ip);
}

bool l2tp_idle(const struct l2tp *l)
{
	const struct l2tp_tunnel *t;

	TAILQ_FOREACH(t, &l->tunnels, entry)
	if (t->st.state != TUNNEL_STOPPED || channel_busy(&t->channel))
		return false;
	return true;
}

static void transmit(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp_tunnel *t = arg;

	tunnel_trace(t, "send", msg, len);
	t->l2tp->setup.ops->send(t->l2tp->setup.owner, &t->st.path, msg, len);
}

static void transmit_zlb(void *arg, uint16_t ns, uint16_t nr)
{
	struct l2tp_tunnel *t = arg;
	uint8_t msg[L2TP_CTRL_HDR_LEN];
	struct wbuf b = wbuf_of(msg, sizeof(msg));

	l2tp_write_zlb(&b, t->st.peer_id, ns, nr);
	transmit(t, msg, sizeof(msg));
}

static const struct channel_ops channel_ops = {
	.transmit = transmit,
	.transmit_zlb = transmit_zlb,
	.deliver = tunnel_deliver,
	.failed = tunnel_no_answer,
};

/* Copy, with the defaults filled in. */
static void set_params(struct l2tp_tunnel *t, const struct l2tp_params *params)
{
	struct l2tp_params *p = &t->params;

	if (params)
		*p = *params;
	if (!p->receive_window)
		p->receive_window = DEFAULT_WINDOW;
	if (p->receive_window > WINDOW_MAX)
		p->receive_window = WINDOW_MAX;
	if (!p->retransmit_first)
		p->retransmit_first = DEFAULT_RETRANSMIT;
	if (!p->retransmit_max)
		p->retransmit_max = DEFAULT_RETRANSMIT_MAX;
}

static uint32_t tries(const struct l2tp_tunnel *t)
{
	if (t->params.retransmit_tries)
		return t->params.retransmit_tries;
	return t->was_up ? DEFAULT_TRIES : DEFAULT_TRIES_SETUP;
}

static struct channel_config channel_config(const struct l2tp_tunnel *t)
{
	const struct l2tp_params *p = &t->params;

	return (struct channel_config){
		.retransmit_first = p->retransmit_first,
		.retransmit_max = p->retransmit_max,
		.retransmit_tries = tries(t),
		.receive_window = p->receive_window,
	};
}

int tunnel_set_params(struct l2tp_tunnel *t, const struct l2tp_params *params)
{
	struct channel_config config;

	set_params(t, params);
	config = channel_config(t);
	return channel_configure(&t->channel, &config);
}

void tunnel_change_retransmission(struct l2tp_tunnel *t, const struct l2tp_params *params)
{
	struct l2tp_params p = t->params;
	struct channel_config config;

	p.retransmit_first = params->retransmit_first;
	p.retransmit_max = params->retransmit_max;
	p.retransmit_tries = params->retransmit_tries;
	set_params(t, &p);
	config = channel_config(t);
	t->channel.config.retransmit_first = config.retransmit_first;
	t->channel.config.retransmit_max = config.retransmit_max;
	t->channel.config.retransmit_tries = config.retransmit_tries;
	explicit_bzero(&p, sizeof(p));
}

/* What the limits count it as, or NULL. */
static size_t *counter_of(struct l2tp_tunnel *t)
{
	if (!t->asked || t->was_up || t->st.state == TUNNEL_ESTABLISHED)
		return NULL;
	return t->st.state == TUNNEL_STOPPED ? &t->l2tp->refused : &t->l2tp->half_open;
}

void tunnel_count(struct l2tp_tunnel *t, bool more)
{
	size_t *counter = counter_of(t);

	if (counter)
		*counter = more ? *counter + 1 : *counter - 1;
}

void tunnel_enter(struct l2tp_tunnel *t, enum tunnel_state state)
{
	tunnel_count(t, false);
	t->st.state = state;
	t->was_up = t->was_up || state == TUNNEL_ESTABLISHED;
	t->channel.config.retransmit_tries = tries(t);
	tunnel_count(t, true);
}

struct l2tp_tunnel *tunnel_new(struct l2tp *l, const struct udp_path *path,
			       const struct l2tp_params *params)
{
	uint16_t id = l2tp_free_id(l, &l->by_id);
	struct l2tp_tunnel *t = id ? calloc(1, sizeof(*t)) : NULL;
	struct channel_config config;

	if (!t)
		return NULL;
	t->l2tp = l;
	t->log = l->setup.log;
	t->st.id = id;
	t->st.path = *path;
	t->st.channel.peer_window = L2TP_WINDOW_DEFAULT;
	t->heard = t->progress = l2tp_now(l);
	TAILQ_INIT(&t->sessions);
	TAILQ_INIT(&t->held);
	tunnel_init_timers(t);
	set_params(t, params);
	config = channel_config(t);
	if (channel_init(&t->channel, &t->st.channel, &config, &channel_ops, t, l->setup.timers))
		goto err;
	if (timer_reserve(l->setup.timers, &t->alive) || timer_reserve(l->setup.timers, &t->linger))
		goto err_timers;
	if (idmap_add(&l->by_id, &t->by_id, id))
		goto err_timers;
	if (idmap_add(&l->by_source, &t->by_source, source_key(l, &path->peer.ip)))
		goto err_id;
	TAILQ_INSERT_TAIL(&l->tunnels, t, entry);
	return t;

err_id:
	idmap_remove(&l->by_id, &t->by_id);
err_timers:
	timer_release(l->setup.timers, &t->alive);
	timer_release(l->setup.timers, &t->linger);
	channel_free(&t->channel);
err:
	explicit_bzero(t, sizeof(*t)); /* the secret */
	free(t);
	return NULL;
}

void tunnel_forget_request(struct l2tp_tunnel *t)
{
	if (t->requested)
		idmap_remove(&t->l2tp->by_request, &t->by_request);
	t->requested = false;
}

void tunnel_free(struct l2tp_tunnel *t)
{
	struct l2tp *l = t->l2tp;
	struct l2tp_session *s;

	while ((s = TAILQ_FIRST(&t->sessions)))
		session_free(s);
	idmap_free(&t->sessions_by_id);
	tunnel_forget_request(t);
	tunnel_count(t, false);
	idmap_remove(&l->by_source, &t->by_source);
	idmap_remove(&l->by_id, &t->by_id);
	TAILQ_REMOVE(&l->tunnels, t, entry);
	timer_release(l->setup.timers, &t->alive);
	timer_release(l->setup.timers, &t->linger);
	channel_free(&t->channel);
	free(t->request);
	explicit_bzero(t, sizeof(*t)); /* the secret */
	free(t);
}

static void trace(const struct logger *log, const char *direction, const uint8_t *msg, size_t len)
{
	char text[900];

	if (log_wants(log, LOG_LEVEL_DEBUG))
		log_debug(log, "%s %s", direction, l2tp_message_text(msg, len, text, sizeof(text)));
}

void tunnel_trace(const struct l2tp_tunnel *t, const char *direction, const uint8_t *msg,
		  size_t len)
{
	trace(t->log, direction, msg, len);
}

void session_trace(const struct l2tp_session *s, const char *direction, const uint8_t *msg,
		   size_t len)
{
	if (!log_wants(s->tunnel->log, LOG_LEVEL_DEBUG))
		trace(s->log, direction, msg, len);
}
