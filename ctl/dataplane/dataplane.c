// SPDX-License-Identifier: GPL-2.0-only
/* The data path as a whole: opened, closed, and its sessions and routes kept, see dataplane.h. */
#include "dataplane/dataplane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "dataplane/pins.h"
#include "dataplane/private.h"
#include "dataplane/user.h"

/* Before Linux 5.11, maps count as locked memory. */
static void lift_memory_limit(void)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

static int open_bpf(struct dataplane *dp, const struct dataplane_setup *setup)
{
	struct bpf_setup bpf = {
		.path = setup->bpf_path,
		.xdp = setup->level != DATAPLANE_TC,
		.tc = setup->level != DATAPLANE_XDP,
		.spread = setup->spread,
		.port = setup->port,
		.max_sessions = setup->max_sessions,
		.max_routes = setup->max_routes,
		.max_sets = setup->max_sets,
		.set_window = setup->set_window ? setup->set_window : L2X_DEDUP_WINDOW,
		.net = dp->net,
		.log = setup->log,
	};
	int err;

	if (setup->level == DATAPLANE_USER) {
		pins_forget(setup->bpf_path, dp->net, dp->log);
		return 0;
	}
	lift_memory_limit();
	err = bpf_open(&dp->bpf, &bpf);
	/* Two instances that share a path are a mistake at every level. */
	if (err && setup->level == DATAPLANE_AUTO && err != -EBUSY) {
		log_warning(dp->log, "no BPF (%s): packets go through userspace, slowly",
			    strerror(-err));
		return 0;
	}
	if (err)
		log_error(dp->log, "cannot use BPF: %s", strerror(-err));
	return err;
}

int dataplane_open(struct dataplane **out, const struct dataplane_setup *setup)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));
	uint32_t places = 0;
	int known_fd = -1, err;

	if (!dp)
		return -ENOMEM;
	dp->ops = setup->ops;
	dp->owner = setup->owner;
	dp->base = setup->base;
	dp->log = setup->log;
	dp->level = setup->level;
	dp->port = setup->port;
	list_init(&dp->netdevs);
	list_init(&dp->interfaces);
	list_init(&dp->ears);
	err = net_open(&dp->net);
	if (err)
		goto err;
	err = udp_open(dp, setup->listen, setup->listen_count);
	if (err)
		goto err;
	err = open_bpf(dp, setup);
	if (err)
		goto err;
	loopback_open(dp);
	tun_forget(dp);
	if (dp->bpf)
		known_fd = bpf_known_fd(dp->bpf, &places);
	err = counters_init(&dp->counters, setup->max_sessions,
			    dp->bpf ? bpf_counters_fd(dp->bpf) : -1, known_fd, places);
	if (err)
		goto err;
	err = rates_init(&dp->rates, setup->max_sessions, dp->bpf ? bpf_limits_fd(dp->bpf) : -1,
			 dp->bpf ? bpf_totals_fd(dp->bpf) : -1);
	if (err)
		goto err;
	err = dp->bpf ? underlays_init(&dp->underlays, setup->max_sessions,
				       bpf_underlays_fd(dp->bpf))
		      : 0;
	if (err)
		goto err;
	err = sets_memory_open(dp, setup->max_sets, setup->set_window);
	if (err)
		goto err;
	err = table_init(&dp->table, setup->max_sessions, setup->max_routes, setup->max_sets,
			 dp->bpf ? &bpf_mirror : NULL, dp->bpf);
	if (err)
		goto err;
	*out = dp;
	return 0;
err:
	dataplane_close(dp);
	return err;
}

void dataplane_close(struct dataplane *dp)
{
	if (!dp)
		return;
	dataplane_tap_close(dp);
	refresh_stop(dp);
	attach_close(dp);
	loopback_close(dp);
	tun_close(dp);
	bpf_close(dp->bpf);
	ears_close(dp);
	udp_close(dp);
	net_close(dp->net);
	table_free(&dp->table);
	counters_free(&dp->counters);
	rates_free(&dp->rates);
	underlays_free(&dp->underlays);
	sets_memory_close(dp);
	free(dp);
}

/* What tc and XDP cannot do for a session, they leave all of to userspace. */
static uint32_t complete_flags(const struct dataplane *dp, const struct dataplane_session *s)
{
	const struct set *set = set_of(&dp->table.sets, s->set);
	uint32_t flags = s->flags;

	if (s->rate_rx || s->rate_tx || s->total)
		flags |= L2X_SESSION_LIMITED;
	if (s->path.peer.ip.family == AF_INET6)
		flags |= L2X_SESSION_OVER_V6;
	/* Copies have the set's numbers, at every level; but not those to a peer that knows nothing of sets. */
	if (set && !(set->value.flags & L2X_SET_BOND) && !(flags & L2X_SESSION_CHECK_NS))
		return flags;
	/* What is relayed is not numbered by us; only the frames of our own PPP were. */
	if (!(flags & L2X_SESSION_RELAY) && (flags & (L2X_SESSION_SEQUENCED | L2X_SESSION_LENGTH)))
		flags |= L2X_SESSION_USER_ONLY;
	return flags;
}

static int take_underlay(struct dataplane *dp, const struct udp_path *path, uint32_t *place)
{
	return dp->bpf ? underlays_take(&dp->underlays, path, place) : 0;
}

static void give_back_underlay(struct dataplane *dp, uint32_t place)
{
	if (dp->bpf)
		underlays_give_back(&dp->underlays, place);
}

int dataplane_session_set(struct dataplane *dp, const struct dataplane_session *s)
{
	struct session *old = table_session(&dp->table, s->key);
	struct l2x_session value = {
		.key = s->key,
		.peer_tunnel_id = s->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
		.flags = (uint16_t)complete_flags(dp, s),
		.mtu = s->mtu,
	};
	const uint32_t old_underlay = old ? old->value.underlay : 0;
	int err;

	if (s->flags & L2X_SESSION_RELAY)
		value.relay = s->relay;
	else
		value.netdev = s->netdev;
	if (old)
		value.stats_index = old->value.stats_index;
	err = old ? 0 : counters_take(&dp->counters, s->key, &value.stats_index);
	if (err)
		return err;
	err = leg_prepare(dp, s, &value);
	if (err)
		goto err_counters;
	err = take_underlay(dp, &s->path, &value.underlay);
	if (err)
		goto err_counters;
	tap_session_changes(dp, old, false);
	err = table_session_set(&dp->table, s->key, &value, &s->path);
	tap_session_changes(dp, old, true);
	if (err)
		goto err_underlay;
	rates_set(&dp->rates, value.stats_index, s->rate_rx, s->rate_tx, s->total);
	if (old)
		give_back_underlay(dp, old_underlay);
	return leg_join(dp, s);
err_underlay:
	give_back_underlay(dp, value.underlay);
err_counters:
	if (!old)
		counters_give_back(&dp->counters, value.stats_index);
	return err;
}

int dataplane_session_del(struct dataplane *dp, struct l2x_session_key key)
{
	struct session *s = table_session(&dp->table, key);
	uint32_t index, underlay;
	int err;

	if (!s)
		return -ENOENT;
	index = s->value.stats_index;
	underlay = s->value.underlay;
	err = leg_leave(dp, s);
	if (err)
		return err;
	dataplane_watch(dp, key, false);
	err = table_session_del(&dp->table, key);
	if (err)
		return err;
	rates_set(&dp->rates, index, 0, 0, 0);
	counters_give_back(&dp->counters, index);
	give_back_underlay(dp, underlay);
	return 0;
}

int dataplane_total_new(struct dataplane *dp, uint32_t *total)
{
	return rates_total_take(&dp->rates, total);
}

void dataplane_total_set(struct dataplane *dp, uint32_t total, uint64_t rate_rx, uint64_t rate_tx)
{
	rates_total_set(&dp->rates, total, rate_rx, rate_tx);
}

void dataplane_total_free(struct dataplane *dp, uint32_t total)
{
	rates_total_give_back(&dp->rates, total);
}

int dataplane_route_add(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_route to)
{
	return table_route_add(&dp->table, netdev, prefix, to);
}

int dataplane_route_del(struct dataplane *dp, unsigned netdev, const struct ip_prefix *prefix,
			struct l2x_route to)
{
	return table_route_del(&dp->table, netdev, prefix, to);
}

void dataplane_tables_changed(struct dataplane *dp, const struct ip_prefix *prefix)
{
	if (dp->bpf)
		bpf_forget(dp->bpf, prefix);
}

int dataplane_send_control(struct dataplane *dp, const struct udp_path *path, const uint8_t *msg,
			   size_t len)
{
	return send_queue_add(dp, path, NULL, 0, msg, len);
}

int dataplane_send_ppp(struct dataplane *dp, struct l2x_session_key key, const uint8_t *frame,
		       size_t len)
{
	struct session *s = table_session(&dp->table, key);
	uint8_t header[USER_HEADER_MAX];
	size_t header_len;

	if (!s)
		return -ENOENT;
	header_len = user_frame_header(s, header, frame, len);
	if (!header_len)
		return -EMSGSIZE;
	tap_sent(dp, s, header, header_len, frame, len);
	return send_queue_add(dp, &s->path, header, header_len, frame, len);
}

int dataplane_session_counters(struct dataplane *dp, struct l2x_session_key key,
			       struct l2x_counters *out)
{
	struct session *s = table_session(&dp->table, key);

	*out = (struct l2x_counters){0};
	return s ? counters_sum(&dp->counters, key, s->value.stats_index, out) : -ENOENT;
}

int dataplane_global_counters(struct dataplane *dp, struct l2x_counters *out)
{
	return counters_sum(&dp->counters, (struct l2x_session_key){0}, 0, out);
}
