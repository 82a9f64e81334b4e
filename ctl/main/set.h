/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set (docs/sets.md): calls, its legs, that carry the same traffic. It is made by the first call that
 * names it and goes with the last. Payload routes lead to the set; they are counted, since each leg
 * that is up asks for its own, and they carry the smallest MTU of the legs that are up.
 *
 * A call is a leg from the moment that it is known to belong here (outgoing: its session is up;
 * incoming: it has logged in) until it ends; while none of its network protocols is open, the data
 * path sends nothing to it.
 */
#ifndef L2X_MAIN_SET_H
#define L2X_MAIN_SET_H

#include "l2x/dedup.h"
#include "main/call.h"

#define SET_SAMPLES 6 /* of counters, the oldest is what the last seconds are measured against */

struct leg_set {
	struct list in_controller;
	struct controller *c;
	const struct config_set *config;
	char *name; /* with the login in place of %u */
	struct logger log;
	uint32_t id;	  /* the data path's */
	struct list legs; /* struct call */
	unsigned legs_count, legs_most;
	uint64_t made; /* ms */
	uint16_t mtu;  /* of the routes; 0: no leg is up */
	struct list routes;
	/* set_watch.c */
	struct dataplane_set_counters samples[SET_SAMPLES];
	uint64_t sampled[SET_SAMPLES]; /* ms, 0: not yet */
	unsigned newest;
	unsigned carriers;		    /* legs that carry something, as last told */
	bool weak;			    /* it runs on one leg */
	uint64_t lost_told;		    /* to /metrics */
	struct history_entry *line;	    /* quality_sets.c; NULL: no room */
	struct dataplane_set_counters kept; /* what is in it already */
	uint64_t lost_kept;
	bool ambiguous; /* too fast for plain numbers: said once */
};

/* Of a call that is none yet. */
void set_init_leg(struct call *call);
/*
 * Makes the call a leg. user: who logged in, NULL: nobody. -E2BIG: there are eight legs; -ENOSPC: there are
 * max-sets; said in the log. It stays none then.
 */
int set_join(struct call *call, const struct config_set *config, const char *user);
/* Before the call ends, or becomes a leg of another set. No protocol of it may be up any more. */
void set_leave(struct call *call);

/* Another leg has an address from a pool: *address is to be this one's too. */
bool set_address(const struct call *call, struct ip_addr *address);
/* Another leg still has the same. */
bool set_shares_address(const struct call *call);

/* It goes by other settings of the same name and kind. */
void set_take(struct leg_set *set, const struct config_set *config);

/* A call with these addresses, MTU and so on is about to come up: the routes' MTU follows. */
void set_make_room(struct call *call);
/* A protocol of the call came up or went down. */
void set_changed(struct leg_set *set);

/* As of a session by itself; 0 or a negative errno, said in the log. */
int set_route_add(struct call *call, const struct ip_prefix *prefix);
void set_route_del(struct call *call, const struct ip_prefix *prefix);

/* Has it a session of this entry? */
bool set_has_leg_of(const struct leg_set *set, const struct outgoing *o);
/* How many legs have this protocol (AF_INET, AF_INET6; AF_UNSPEC: either) open. */
unsigned set_legs_up(const struct leg_set *set, int family);
/* Peers of legs that this route, in this payload table, would lead into the set itself keep their ways (way_hold()). */
int set_hold_ways(struct leg_set *set, const struct ip_prefix *route, uint32_t table);

/* set_watch.c: looks at all sets every two seconds, and warns */
#define SET_WATCH_INTERVAL 2000 /* ms */
void set_watch(void *controller);
/* What became of the numbers lately, as far back as samples go; NULL: nothing was sampled yet. */
const struct dataplane_set_counters *set_sample(const struct leg_set *set, uint64_t *age);
/* Of this leg; NULL: it was none then. */
const struct dataplane_leg_counters *set_leg_counters(const struct dataplane_set_counters *c,
						      const struct call *call);
#define SET_SKEW_UNIT (L2X_DEDUP_UNIT / 1e9) /* s */
/* Packets came on other legs since then, and none on this one. then: NULL, it is not known. */
bool set_leg_is_silent(const struct leg_set *set, const struct dataplane_set_counters *now,
		       const struct dataplane_set_counters *then, const struct call *call);
/* Legs that there were at a time, or, of those that we dial, that there should be by now. */
unsigned set_legs_expected(const struct leg_set *set);
/*
 * Below how many units of SET_SKEW_UNIT this share of the copies stayed behind the first; the first ones
 * count, as 0.
 */
unsigned set_skew_below(const struct dataplane_leg_counters *leg, double share);
/* At once, when the number of legs changed. */
void set_watch_legs(struct leg_set *set);

/* status_sets.c */
json_t *status_sets(struct controller *c);

#endif
