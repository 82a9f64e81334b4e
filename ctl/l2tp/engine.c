// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of tunnels, and which of them a control message belongs to (RFC 2661 3.1, 5.3): by our tunnel id in its header and
 * by its source, or, while the peer does not know that id, by the peer's own words.
 */
#include "l2tp/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_WINDOW	       16
#define WINDOW_MAX	       1024 /* early messages that a peer can make us keep */
#define DEFAULT_RETRANSMIT     1000 /* ms, RFC 2661 5.8 */
#define DEFAULT_RETRANSMIT_MAX 8000
#define DEFAULT_TRIES	       5

struct l2tp_end l2tp_end_of(uint16_t result, uint16_t error, const char *text)
{
	struct l2tp_end end = {.result = result, .error = error};

	if (text)
		snprintf(end.text, sizeof(end.text), "%s", text);
	return end;
}

struct l2tp_end l2tp_end_received(const struct l2tp_message *m)
{
	const struct l2tp_value *v = &m->avp[AVP_RESULT_CODE];
	struct l2tp_end end = {.by_peer = true};
	struct rbuf b;

	if (!v->present)
		return end;
	b = rbuf_of(v->p, v->len);
	end.result = rbuf_u16(&b);
	if (rbuf_left(&b) >= 2)
		end.error = rbuf_u16(&b);
	l2tp_printable(end.text, sizeof(end.text), b.p, rbuf_left(&b));
	return end;
}

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
	free(l);
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
	if (!p->retransmit_tries)
		p->retransmit_tries = DEFAULT_TRIES;
}

static struct channel_config channel_config(const struct l2tp_params *p)
{
	return (struct channel_config){
		.retransmit_first = p->retransmit_first,
		.retransmit_max = p->retransmit_max,
		.retransmit_tries = p->retransmit_tries,
		.receive_window = p->receive_window,
	};
}

int tunnel_set_params(struct l2tp_tunnel *t, const struct l2tp_params *params)
{
	struct channel_config config;

	set_params(t, params);
	config = channel_config(&t->params);
	return channel_configure(&t->channel, &config);
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
	tunnel_init_timers(t);
	set_params(t, params);
	config = channel_config(&t->params);
	if (channel_init(&t->channel, &t->st.channel, &config, &channel_ops, t, l->setup.timers))
		goto err;
	if (idmap_add(&l->by_id, &t->by_id, id))
		goto err_channel;
	TAILQ_INSERT_TAIL(&l->tunnels, t, entry);
	return t;

err_channel:
	channel_free(&t->channel);
err:
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
	idmap_remove(&l->by_id, &t->by_id);
	TAILQ_REMOVE(&l->tunnels, t, entry);
	timer_cancel(l->setup.timers, &t->alive);
	timer_cancel(l->setup.timers, &t->linger);
	channel_free(&t->channel);
	free(t->request);
	explicit_bzero(t, sizeof(*t)); /* the secret */
	free(t);
}

void tunnel_trace(const struct l2tp_tunnel *t, const char *direction, const uint8_t *msg,
		  size_t len)
{
	char text[900];

	if (log_wants(t->log, LOG_LEVEL_DEBUG))
		log_debug(t->log, "%s %s", direction,
			  l2tp_message_text(msg, len, text, sizeof(text)));
}

static void tunnel_input(struct l2tp_tunnel *t, const struct l2tp_header *h, const uint8_t *msg)
{
	tunnel_trace(t, "receive", msg, h->length);
	t->heard = l2tp_now(t->l2tp);
	channel_input(&t->channel, h, msg);
}

static uint32_t fnv1a(uint32_t hash, const uint8_t *p, size_t len)
{
	while (len--)
		hash = (hash ^ *p++) * 16777619;
	return hash;
}

/* How an SCCRQ and a StopCCN to tunnel id 0 name their tunnel. */
static uint32_t request_key(const struct endpoint *peer, const struct l2tp_message *m)
{
	const struct l2tp_value *id = &m->avp[AVP_ASSIGNED_TUNNEL_ID];
	uint8_t port[2] = {peer->port >> 8, peer->port & 0xff};
	uint32_t hash = fnv1a(2166136261, peer->ip.bytes, sizeof(peer->ip.bytes));

	/* A hidden id is as good a name as a readable one: retransmission does not change it. */
	return fnv1a(fnv1a(hash, port, sizeof(port)), id->p, id->len);
}

static struct l2tp_tunnel *find_request(const struct l2tp *l, const struct udp_path *path,
					uint32_t key, const struct l2tp_message *m)
{
	for (struct idnode *n = idmap_find(&l->by_request, key); n; n = idmap_next(n)) {
		struct l2tp_tunnel *t = container_of(n, struct l2tp_tunnel, by_request);
		uint16_t id = l2tp_get_u16(m, AVP_ASSIGNED_TUNNEL_ID);

		if (endpoint_eq(&t->st.path.peer, &path->peer) &&
		    (!id || !t->st.peer_id || id == t->st.peer_id))
			return t;
	}
	return NULL;
}

/*
 * Tunnel id 0: the peer does not know ours yet. That is SCCRQ, and StopCCN of a peer that gives up before our
 * SCCRP has come (RFC 2661 4.4.3, Assigned Tunnel ID).
 */
static void input_unnumbered(struct l2tp *l, const struct udp_path *path,
			     const struct l2tp_header *h, const uint8_t *msg)
{
	char from[ENDPOINT_TEXT];
	struct l2tp_message m;
	struct l2tp_tunnel *t;
	uint32_t key;

	if (l2tp_is_zlb(h) || l2tp_message_parse(&m, msg, h->length, NULL))
		return;
	if ((m.type != L2TP_SCCRQ && m.type != L2TP_STOPCCN) ||
	    !m.avp[AVP_ASSIGNED_TUNNEL_ID].present) {
		log_debug(l->setup.log, "message without a tunnel from %s ignored",
			  endpoint_text(&path->peer, from));
		return;
	}
	key = request_key(&path->peer, &m);
	t = find_request(l, path, key, &m);
	if (!t) {
		/* Numbering begins at 0 (RFC 2661 5.8). */
		if (m.type != L2TP_SCCRQ || h->ns)
			return;
		t = tunnel_new(l, path, NULL);
		if (!t || idmap_add(&l->by_request, &t->by_request, key)) {
			log_error(l->setup.log, "no memory or no id for a tunnel with %s",
				  endpoint_text(&path->peer, from));
			if (t)
				tunnel_free(t);
			return;
		}
		t->requested = true;
	}
	tunnel_input(t, h, msg);
}

/*
 * RFC 2661 8.1: a peer may answer SCCRQ from a port of its own choice; after that, both ends of the path stay.
 */
static bool from_peer(struct l2tp_tunnel *t, const struct udp_path *path,
		      const struct l2tp_header *h)
{
	struct endpoint *peer = &t->st.path.peer;

	if (endpoint_eq(peer, &path->peer))
		return true;
	if (t->st.state != TUNNEL_WAIT_CTL_REPLY || !ip_addr_eq(&peer->ip, &path->peer.ip))
		return false;
	if (!l2tp_is_zlb(h))
		peer->port = path->peer.port;
	return true;
}

void l2tp_input(struct l2tp *l, const struct udp_path *path, const uint8_t *msg, size_t len)
{
	char from[ENDPOINT_TEXT];
	struct l2tp_header h;
	struct idnode *n;

	if (l2tp_header_parse(msg, len, &h)) {
		log_debug(l->setup.log, "malformed control message from %s ignored",
			  endpoint_text(&path->peer, from));
		return;
	}
	if (!h.tunnel_id) {
		input_unnumbered(l, path, &h, msg);
		return;
	}
	n = idmap_find(&l->by_id, h.tunnel_id);
	if (n && from_peer(container_of(n, struct l2tp_tunnel, by_id), path, &h))
		tunnel_input(container_of(n, struct l2tp_tunnel, by_id), &h, msg);
	else
		log_debug(l->setup.log, "message for tunnel %u from %s ignored: %s", h.tunnel_id,
			  endpoint_text(&path->peer, from), n ? "not its peer" : "no such tunnel");
}
