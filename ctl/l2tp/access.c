// SPDX-License-Identifier: GPL-2.0-only
/* What the owner may ask of tunnels and sessions. */
#include "l2tp/internal.h"

void l2tp_tunnel_saw_data(struct l2tp_tunnel *t)
{
	t->heard = l2tp_now(t->l2tp);
}

uint64_t l2tp_tunnel_heard(const struct l2tp_tunnel *t)
{
	return t->heard;
}

void *l2tp_tunnel_user(const struct l2tp_tunnel *t)
{
	return t->user;
}

uint16_t l2tp_tunnel_id(const struct l2tp_tunnel *t)
{
	return t->st.id;
}

uint16_t l2tp_tunnel_peer_id(const struct l2tp_tunnel *t)
{
	return t->st.peer_id;
}

const struct udp_path *l2tp_tunnel_path(const struct l2tp_tunnel *t)
{
	return &t->st.path;
}

void l2tp_tunnel_set_table(struct l2tp_tunnel *t, uint32_t table)
{
	t->st.path.table = table;
}

const struct l2tp_peer_info *l2tp_tunnel_peer(const struct l2tp_tunnel *t)
{
	return &t->st.peer;
}

const char *l2tp_tunnel_state(const struct l2tp_tunnel *t)
{
	return tunnel_state_names[t->st.state];
}

struct l2tp_tunnel *l2tp_tunnel_by_id(const struct l2tp *l, uint16_t id)
{
	struct idnode *n = idmap_find(&l->by_id, id);
	struct l2tp_tunnel *t = n ? container_of(n, struct l2tp_tunnel, by_id) : NULL;

	return t && t->st.state != TUNNEL_STOPPED ? t : NULL;
}

void *l2tp_session_user(const struct l2tp_session *s)
{
	return s->user;
}

uint16_t l2tp_session_id(const struct l2tp_session *s)
{
	return s->st.id;
}

uint16_t l2tp_session_peer_id(const struct l2tp_session *s)
{
	return s->st.peer_id;
}

struct l2tp_tunnel *l2tp_session_tunnel(const struct l2tp_session *s)
{
	return s->tunnel;
}

const struct l2tp_call_info *l2tp_session_call(const struct l2tp_session *s)
{
	return &s->st.call;
}

const char *l2tp_session_state(const struct l2tp_session *s)
{
	return session_state_names[s->st.state];
}

struct l2tp_session *l2tp_session_by_id(const struct l2tp_tunnel *t, uint16_t id)
{
	struct idnode *n = idmap_find(&t->sessions_by_id, id);

	return n ? container_of(n, struct l2tp_session, by_id) : NULL;
}
