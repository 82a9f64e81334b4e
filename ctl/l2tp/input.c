// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tunnel a control message belongs to (RFC 2661 3.1, 5.3): by our tunnel id in its header and
 * by its source, or, while the peer does not know that id, by the peer's own words. And which peers
 * may open another one.
 */
#include "l2tp/internal.h"

#include "base/hash.h"

uint16_t message_type(const uint8_t *msg, size_t len)
{
	struct rbuf b = rbuf_of(msg, len);

	rbuf_take(&b, L2TP_CTRL_HDR_LEN);
	if ((rbuf_u16(&b) & AVP_LENGTH) != AVP_HDR_LEN + 2 || rbuf_u32(&b))
		return 0;
	return rbuf_u16(&b);
}

static void tunnel_input(struct l2tp_tunnel *t, const struct l2tp_header *h, const uint8_t *msg)
{
	const struct l2tp_session *s = l2tp_session_by_id(t, h->session_id);

	tunnel_trace(t, "receive", msg, h->length);
	if (s)
		session_trace(s, "receive", msg, h->length);
	t->heard = l2tp_now(t->l2tp);
	/*
	 * SCCRP comes first, as number 0. A peer that numbers it anew with each SCCRQ that it hears
	 * means the same, as long as none has arrived.
	 */
	if (t->st.state == TUNNEL_WAIT_CTL_REPLY && !t->st.channel.nr && h->ns &&
	    message_type(msg, h->length) == L2TP_SCCRP)
		channel_expect(&t->channel, h->ns);
	channel_input(&t->channel, h, msg);
	session_tell_announced(t);
}

/* How an SCCRQ and a StopCCN to tunnel id 0 name their tunnel. */
static uint32_t request_key(const struct l2tp *l, const struct endpoint *peer,
			    const struct l2tp_message *m)
{
	const struct l2tp_value *id = &m->avp[AVP_ASSIGNED_TUNNEL_ID];
	uint8_t port[2] = {peer->port >> 8, peer->port & 0xff};
	uint32_t hash = source_key(l, &peer->ip);

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

/* Told at the first, second, fourth, eighth ... time: a flood fills no log. */
static void reject(const struct l2tp *l, uint64_t *counter, const struct udp_path *path,
		   const char *limit)
{
	char from[ENDPOINT_TEXT];

	(*counter)++;
	if (!(*counter & (*counter - 1)))
		log_warning(l->setup.log, "limit %s: SCCRQ from %s dropped, %llu so far", limit,
			    endpoint_text(&path->peer, from), (unsigned long long)*counter);
}

static bool many_from(const struct l2tp *l, const struct ip_addr *ip, uint32_t limit)
{
	const struct l2tp_tunnel *t;
	uint32_t n = 0;

	for (t = source_first(l, ip); limit && n < limit && t; t = source_next(t))
		n += t->asked && t->st.state != TUNNEL_STOPPED;
	return limit && n >= limit;
}

static bool within_limits(struct l2tp *l, const struct udp_path *path)
{
	const struct l2tp_limits *limits = &l->setup.limits;
	const struct ip_addr *ip = &path->peer.ip;

	if (!gate_passes(&l->gate, ip, l2tp_now(l), limits->attempts_per_second)) {
		reject(l, &l->rejected.attempts_per_second, path, "attempts-per-second");
		return false;
	}
	if (limits->half_open && l->half_open >= limits->half_open) {
		reject(l, &l->rejected.half_open, path, "half-open");
		return false;
	}
	if (many_from(l, ip, limits->tunnels_per_peer)) {
		reject(l, &l->rejected.tunnels_per_peer, path, "tunnels-per-peer");
		return false;
	}
	return true;
}

static struct l2tp_tunnel *new_request(struct l2tp *l, const struct udp_path *path, uint32_t key)
{
	struct l2tp_tunnel *t = tunnel_new(l, path, NULL);
	char from[ENDPOINT_TEXT];

	if (t && !idmap_add(&l->by_request, &t->by_request, key)) {
		t->requested = t->asked = true;
		tunnel_count(t, true);
		return t;
	}
	log_error(l->setup.log, "no memory or no id for a tunnel with %s",
		  endpoint_text(&path->peer, from));
	if (t)
		tunnel_free(t);
	return NULL;
}

/*
 * The SCCRQ says the same name as t's did, but not the same: the peer was started anew, and chose
 * the same id. A tunnel that is up stays until the new one is, see end_predecessor(); one that is
 * not makes room.
 */
static void superseded(struct l2tp_tunnel *t)
{
	log_debug(t->log, "tunnel %u: the peer asks anew", t->st.id);
	tunnel_forget_request(t);
	if (t->st.state == TUNNEL_WAIT_POLICY || t->st.state == TUNNEL_WAIT_CTL_CONN)
		tunnel_vanish(t, "the peer asked anew");
}

/* NULL: dropped. */
static struct l2tp_tunnel *tunnel_of_request(struct l2tp *l, const struct udp_path *path,
					     const struct l2tp_header *h, const uint8_t *msg,
					     const struct l2tp_message *m)
{
	uint32_t key = request_key(l, &path->peer, m);
	uint32_t hash = fnv1a(l->seed, msg + L2TP_CTRL_HDR_LEN, h->length - L2TP_CTRL_HDR_LEN);
	struct l2tp_tunnel *t = find_request(l, path, key, m), *ours;
	enum tie tie;

	if (t && (m->type != L2TP_SCCRQ || h->ns || hash == t->request_hash))
		return t;
	/* Numbering begins at 0 (RFC 2661 5.8). */
	if (m->type != L2TP_SCCRQ || h->ns)
		return NULL;
	tie = tie_with(l, path, m, key, &ours);
	if (tie == TIE_BOTH_LOSE)
		tunnel_vanish(ours, "the peer dials at the same time, and nobody wins");
	if (tie == TIE_OURS && ours) {
		ours->beaten = key;
		ours->has_beaten = true;
	}
	if (tie == TIE_OURS || tie == TIE_BOTH_LOSE || !within_limits(l, path))
		return NULL;
	if (t)
		superseded(t);
	t = new_request(l, path, key);
	if (t)
		t->request_hash = hash;
	return t;
}

/*
 * Some peers write tunnel id 0 longer than they must. The only tunnel that is being set up with
 * them is meant.
 */
static struct l2tp_tunnel *only_unestablished(const struct l2tp *l, const struct udp_path *path)
{
	struct l2tp_tunnel *found = NULL, *t;

	for (t = source_first(l, &path->peer.ip); t; t = source_next(t)) {
		if (!endpoint_eq(&t->st.path.peer, &path->peer) ||
		    (t->st.state != TUNNEL_WAIT_CTL_REPLY && t->st.state != TUNNEL_WAIT_CTL_CONN))
			continue;
		if (found)
			return NULL;
		found = t;
	}
	return found;
}

/*
 * Tunnel id 0: the peer does not know ours yet. That is SCCRQ, and StopCCN of a peer that gives up
 * before our SCCRP has come (RFC 2661 4.4.3, Assigned Tunnel ID).
 */
static void input_unnumbered(struct l2tp *l, const struct udp_path *path,
			     const struct l2tp_header *h, const uint8_t *msg)
{
	char from[ENDPOINT_TEXT];
	struct l2tp_message m;
	struct l2tp_tunnel *t = NULL;
	uint16_t type = message_type(msg, h->length);

	if (type == L2TP_SCCRQ || type == L2TP_STOPCCN) {
		if (l2tp_message_parse(&m, msg, h->length, NULL))
			return;
		if (m.avp[AVP_ASSIGNED_TUNNEL_ID].present)
			t = tunnel_of_request(l, path, h, msg, &m);
	} else if (l2tp_is_zlb(h) || type == L2TP_SCCRP || type == L2TP_SCCCN) {
		t = only_unestablished(l, path);
	}
	if (t)
		tunnel_input(t, h, msg);
	else
		log_debug(l->setup.log, "message without a tunnel from %s ignored",
			  endpoint_text(&path->peer, from));
}

static void move_peer(struct l2tp_tunnel *t, const struct endpoint *to)
{
	struct idmap *map = &t->l2tp->by_source;
	char text[ENDPOINT_TEXT];

	log_info(t->log, "tunnel %u: the peer answers from %s", t->st.id, endpoint_text(to, text));
	idmap_remove(map, &t->by_source);
	t->st.path.peer = *to;
	/* There is room: one has just gone. */
	idmap_add(map, &t->by_source, source_key(t->l2tp, &to->ip));
}

/*
 * RFC 2661 8.1: a peer may answer SCCRQ from a port of its own choice, some do it from another
 * address; after that, both ends of the path stay.
 */
static bool from_peer(struct l2tp_tunnel *t, const struct udp_path *path,
		      const struct l2tp_header *h, const uint8_t *msg)
{
	const struct endpoint *peer = &t->st.path.peer;
	uint16_t type = message_type(msg, h->length);

	if (endpoint_eq(peer, &path->peer))
		return true;
	if (t->st.state != TUNNEL_WAIT_CTL_REPLY || peer->ip.family != path->peer.ip.family)
		return false;
	if (ip_addr_eq(&peer->ip, &path->peer.ip) ? t->params.refuse_port_change
						  : !t->params.accept_address_change)
		return false;
	if (type == L2TP_SCCRP || type == L2TP_STOPCCN)
		move_peer(t, &path->peer);
	return true;
}

/*
 * RFC 2661 7.2.1, "idle, receive SCCRP": a peer that answers a dial of ours which is over. It hears so, and need not wait until
 * it gives up. Nothing is kept for that, and nothing said to whom any tunnel exists with: somebody else may have written
 * this address.
 */
static void refuse_stray(struct l2tp *l, const struct udp_path *path, const struct l2tp_header *h,
			 const uint8_t *msg)
{
	uint8_t room[64];
	struct wbuf b = wbuf_of(room, sizeof(room));
	struct l2tp_message m;
	uint16_t peer_id;
	size_t len;

	if (message_type(msg, h->length) != L2TP_SCCRP || source_first(l, &path->peer.ip) ||
	    l2tp_message_parse(&m, msg, h->length, NULL))
		return;
	peer_id = l2tp_get_u16(&m, AVP_ASSIGNED_TUNNEL_ID);
	if (!peer_id || !gate_passes(&l->gate, &path->peer.ip, l2tp_now(l),
				     l->setup.limits.attempts_per_second))
		return;
	l2tp_write_begin(&b, peer_id, 0, L2TP_STOPCCN);
	l2tp_write_u16(&b, AVP_ASSIGNED_TUNNEL_ID, h->tunnel_id);
	l2tp_write_result(&b, L2TP_STOP_ERROR, L2TP_ERROR_NO_CONTROL, NULL);
	len = l2tp_write_end(&b);
	l2tp_write_numbers(room, h->nr, (uint16_t)(h->ns + 1));
	l->setup.ops->send(l->setup.owner, path, room, len);
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
	if (n && from_peer(container_of(n, struct l2tp_tunnel, by_id), path, &h, msg))
		tunnel_input(container_of(n, struct l2tp_tunnel, by_id), &h, msg);
	else
		log_debug(l->setup.log, "message for tunnel %u from %s ignored: %s", h.tunnel_id,
			  endpoint_text(&path->peer, from), n ? "not its peer" : "no such tunnel");
	if (!n)
		refuse_stray(l, path, &h, msg);
}
