/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file, as typed values. YAML; every key, its default and an example stand in
 * docs/l2x.conf.5. Names follow the FireBrick's L2TP configuration where it has one.
 *
 * config_load() either gives a configuration in which every value is sound (addresses parsed,
 * secrets read from their files, names unique, references resolved, numbers in range), or says for
 * each mistake `file:line: key: what is wrong, what would be right`.
 */
#ifndef L2X_POLICY_CONFIG_H
#define L2X_POLICY_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/addr.h"
#include "base/log.h"
#include "ppp/ppp.h"

struct rules;

#define CONFIG_DEFAULT_SOCKET "/run/l2x/l2x.sock"
#define CONFIG_LOG_AS_ABOVE   (-1) /* instead of an enum log_level: as what the entry stands in */

enum config_dataplane {
	DATAPLANE_AUTO, /* xdp where configured, tc on the listed interfaces, userspace for the rest
			 */
	DATAPLANE_XDP,	/* only xdp (and userspace for control) */
	DATAPLANE_TC,
	DATAPLANE_USER,
};

enum config_forward {
	FORWARD_KERNEL, /* decapsulated packets enter the kernel through the TUN netdev (default) */
	FORWARD_XDP, /* between interfaces that say so, packets pass by the kernel and its firewall
		      */
};

/* The connect speed that the peer says the line has. */
#define CONFIG_SPEED_CONNECT UINT64_MAX

struct config_interface {
	char name[IFNAMSIZ];
	enum config_forward forward;
};

/* Full paths of programs, or NULL: none. */
struct config_scripts {
	char *on_up, *on_down, *on_change;
};

/* How messages of the control channel are repeated; 0: as the l2tp layer has it by default. */
struct config_retransmit {
	uint32_t timeout, max; /* ms */
	uint32_t tries;
};

#define CONFIG_SET_LEGS 8

enum config_set_kind {
	CONFIG_SET_NONE,
	CONFIG_SET_HA,	 /* each packet on every leg */
	CONFIG_SET_BOND, /* each packet on one leg */
};

/* Sessions that carry the same traffic, docs/sets.md. It is there by being named by a leg. */
struct config_set {
	char *name;
	enum config_set_kind kind;
	bool per_login;	 /* %u is in the name: one for each who logs in */
	bool extended;	 /* ha: `sequence: extended`; default plain */
	bool per_packet; /* bond: `spread: packet`; default flow */
	bool any_vendor; /* ha: peers that do not say that they are l2x number copies alike too */
	uint32_t skew;	 /* ms between the copies of a packet that is tolerated, default 500 */
	size_t dialled;	 /* legs that are outgoing entries */
	struct config_scripts scripts; /* first leg up, last leg down */
};

/*
 * An outgoing tunnel with one session: we dial, as a RAS or LAC would; or, with calls_out, as the
 * LNS of a LAC that is to call somebody for us.
 */
struct config_outgoing {
	char *name;
	char **servers; /* addresses or names, at least one, in the order to try */
	size_t servers_count;
	uint32_t fail_lockout;	   /* seconds, default 60; 0: none */
	uint32_t table;		   /* of the tunnel's own packets; 0: the main one, by its rules */
	struct ip_addr source;	   /* of them; no family: the kernel chooses */
	uint16_t port;		   /* 1701 */
	char *hostname;		   /* ours; default: the machine's */
	char *secret;		   /* NULL: none */
	char *username, *password; /* NULL: none */
	unsigned offer;		   /* PPP_AUTH_BIT()s that we log in with; default: not PAP */
	bool calls_out;		   /* `call: outgoing`: OCRQ instead of ICRQ, default false */
	char *calling, *called;	   /* numbers to send, NULL: none */
	char interface[IFNAMSIZ];  /* TUN netdev; default: l2x0, or l2x<payload-table> */
	uint32_t payload_table;	   /* kernel routing table, default 254 (main) */
	struct ip_prefix
		*routes; /* down the tunnel; default 0.0.0.0/0 and ::/0; `routes: []`: none */
	size_t routes_count;
	uint32_t metric;	      /* of those routes; 0: the kernel's default */
	const struct config_set *set; /* that it is a leg of; NULL: none */
	uint32_t weight;	      /* of a leg of a bond set; 0: from its speed */
	uint16_t mtu;		      /* of the payload; 0: what the underlay lets through */
	uint64_t speed, speed_rx;     /* bit/s into and out of the tunnel; 0: no limit */
	bool tcp_mss_fix;	      /* TCP's MSS is lowered to fit into it, default true */
	bool check_source;	      /* inner source must be routed to the session, default true */
	bool check_peer;	      /* outer source must be the tunnel's peer, default true */
	uint32_t hello_interval;      /* seconds, default 60; 0: off */
	uint32_t lcp_echo_interval;   /* seconds, default 10; 0: off */
	uint32_t lcp_echo_failures;   /* default 5 */
	uint32_t retry_max;	      /* seconds, longest wait between attempts, default 60 */
	bool ipv4, ipv6;	      /* default both */
	struct ip_addr local_ppp_ip;  /* ask for this one; default: take what is given */
	bool accept_dns;	      /* ask for DNS servers (shown in status), default true */
	bool request_prefix;	      /* by DHCPv6, default true */
	uint8_t prefix_length;	      /* of it, that would be welcome; 0: any */
	bool slaac;		      /* an address of each advertised prefix, default false */
	struct config_scripts scripts;
	bool hide_avps;		    /* hide what RFC 2661 lets be hidden; default false */
	bool tie_breaker;	    /* default false */
	bool accept_port_change;    /* of the answer to SCCRQ, default true */
	bool accept_address_change; /* default false */
	struct ppp_counters counters;
	struct config_retransmit retransmit;
	int log_level;
};

/* What becomes of something that the LAC has said of a call, when that goes on: see told.h. */
enum config_told_policy {
	TOLD_RELAY,
	TOLD_DROP,
	TOLD_REGENERATE, /* something of our own in its place */
};

struct config_told {
	enum config_told_policy policy;
	char *text; /* to regenerate it from */
};

/* LNSs to one of which calls are carried on: the first that answers. */
struct config_relay {
	char *name;
	char **servers; /* as above */
	size_t servers_count;
	uint32_t fail_lockout, table;
	struct ip_addr source;
	uint16_t port;
	char *hostname, *secret;
	uint32_t hello_interval;
	bool hide_avps;
	struct config_retransmit retransmit;
	uint32_t idle_timeout; /* seconds without a call until the tunnel is closed, default 60 */
	int log_level;
	/* Of what is said of the call; default: all goes along. called: the sub-address too */
	struct config_told calling, called, private_group, proxy_auth;
	/* proxy_lcp regenerated: LCP is done here, whatever the LAC has done already */
	enum config_told_policy connect_speed, framing, proxy_lcp;
};

/* Addresses for sessions that have none of their own. */
struct config_pool {
	char *name;
	struct ip_prefix *addresses; /* IPv4, all of them usable */
	size_t addresses_count;
};

/* Texts with `*`, see pattern.h; one of them must fit. Empty: no condition. */
struct config_patterns {
	char **list;
	size_t count;
};

enum config_proxied {
	PROXIED_ANY,
	PROXIED_NO,
	PROXIED_YES,
};

/*
 * A rule for sessions of an incoming tunnel: whom it is for, and what he gets. docs/incoming.md has
 * the order in which they are tried.
 */
struct config_session {
	struct config_patterns usernames, calling, called, private_groups;
	uint64_t connect_speed_min, connect_speed_max; /* bit/s to the peer; 0: no condition */
	enum config_proxied proxied;
	char *password; /* NULL: not checked */

	char *reject;			  /* why; NULL: welcome, and the rest counts */
	const struct config_relay *relay; /* the session goes on there; NULL: it ends here */
	struct ip_addr remote_ppp_ip;
	const struct config_pool *pool; /* where it comes from instead; NULL: nowhere */
	struct ip_prefix *routes;	/* to this session, besides remote_ppp_ip */
	size_t routes_count;
	struct ip_prefix *delegate; /* IPv6, by DHCPv6; routed to it too */
	size_t delegate_count;
	struct ip_prefix ra_prefix; /* IPv6, advertised, and routed; no family: none */
	char interface[IFNAMSIZ];   /* the entry's, unless given */
	uint32_t payload_table;	    /* of that */
	uint16_t mtu;		    /* at most this; 0: as the entry says */
	uint64_t speed, speed_rx;   /* as above, or CONFIG_SPEED_CONNECT */
	uint32_t timeout;	    /* seconds, then the session is ended; 0: never */
	uint32_t max_sessions;	    /* of one login name at a time, 0: no limit; default 1 */
	bool replace;		    /* one more ends the oldest; else it is refused. Default true */
	const struct config_set *set; /* as above */
	uint32_t weight;
	int log_level;
	unsigned line; /* in the file */
};

struct config_incoming {
	char *name;
	struct config_patterns remote_hostnames; /* what the peer calls itself */
	struct ip_addr *local_addresses;	 /* that it calls; empty: any */
	size_t local_addresses_count;
	char *hostname;		 /* ours; default: the machine's */
	char *secret;		 /* NULL: none */
	struct ip_prefix *allow; /* peers' addresses; empty: any */
	size_t allow_count;
	char interface[IFNAMSIZ];
	uint32_t table, payload_table; /* as above */
	uint16_t mtu;
	bool tcp_mss_fix, check_source, check_peer;		       /* as above */
	uint32_t hello_interval, lcp_echo_interval, lcp_echo_failures; /* as above */
	struct ip_addr local_ppp_ip; /* ours, shared by all sessions */
	struct ip_addr dns[2];	     /* told to the sessions, by IPCP */
	struct ip_addr dns6[2];	     /* by router advertisement and DHCPv6 */
	size_t dns6_count;
	/* enum ppp_auth_method demanded, as in struct ppp_config: `authentication: [chap, pap]`,
	 * which is the default; `[]`: none */
	uint8_t auth[PPP_AUTH_METHODS];
	uint32_t chap_rechallenge; /* seconds, default 0: never */
	bool accept_proxy_login;   /* what a LAC has heard of the login counts; default true */
	bool ipv4, ipv6;
	struct config_scripts scripts;
	bool hide_avps; /* as above */
	struct ppp_counters counters;
	struct config_retransmit retransmit;
	struct config_patterns
		accept_calls; /* called numbers that answer an OCRQ; empty: none does */
	int log_level;
	uint32_t max_tunnels, max_sessions;   /* through this entry at a time; 0: no limit */
	uint32_t attempts_per_second;	      /* tunnels, and calls; 0: no limit */
	uint64_t speed_total, speed_total_rx; /* bit/s of all its sessions together; 0: no limit */
	struct config_session *sessions;      /* in the order in which they are tried */
	size_t sessions_count;
	bool relays;		 /* some session may be relayed */
	bool own_lcp;		 /* and its LCP is to be ours then */
	struct rules *rules;	 /* the same, filed for finding */
	bool numbered, extended; /* some of them are legs that send numbers, in this form */
};

/* What peers may use up, `limits:`. Each may be 0: no limit. */
struct config_limits {
	uint32_t sessions_per_tunnel; /* 65535 */
	uint32_t tunnels_per_peer;    /* 1000 */
	uint32_t half_open;	      /* 1000 */
	uint32_t attempts_per_second; /* 200 */
};

/* How lines have been, `history:`. */
struct config_history {
	char *file; /* NULL: not kept over an end of the program */
	uint32_t sessions, save_interval;
};

/* The HTTP port, `http:`. */
struct config_http {
	bool on;
	struct ip_addr *listen; /* 127.0.0.1 */
	size_t listen_count;
	uint16_t port;
	char *token; /* NULL: none, and then all addresses are loopback's */
	uint32_t metrics_sessions, metrics_sets;
};

/* Keys at the top of the file that only a start can change, and where they stand. */
#define CONFIG_FIXED_KEYS 11
extern const char *const config_fixed_keys[CONFIG_FIXED_KEYS];

struct config {
	enum log_level log_level;
	enum config_dataplane dataplane;
	bool spread;	      /* XDP's packets over CPUs */
	char *control_socket; /* /run/l2x/l2x.sock */
	char *bpf_path;	      /* /sys/fs/bpf/l2x */
	char *user;    /* to run as after start; default "l2x" if that account exists, else stay */
	uint16_t port; /* 1701 */
	struct ip_addr *listen; /* default 0.0.0.0 and :: */
	size_t listen_count;
	uint32_t max_sessions; /* 65000; maps are sized by it */
	uint32_t max_routes;   /* 250000 */
	uint32_t max_sets;     /* as many as there are names, and 1000 for each with %u */
	unsigned ha_window;    /* log2 of the numbers that a receiver remembers, default 14 */
	struct config_limits limits;
	struct config_history history;
	struct config_http http;
	struct config_relay *relays;
	size_t relays_count;
	struct config_pool *pools;
	size_t pools_count;
	struct config_interface *interfaces;
	size_t interfaces_count;
	struct config_outgoing *outgoing;
	size_t outgoing_count;
	struct config_incoming *incoming;
	size_t incoming_count;
	struct config_set *sets; /* all that legs name */
	size_t sets_count;
	unsigned fixed_lines[CONFIG_FIXED_KEYS];
};

/* The entry of this name in one of the lists, or NULL. */
#define CONFIG_NAMED(config, member, wanted)                              \
	({                                                                \
		__typeof__(*(config)->member) *found_ = NULL;             \
                                                                          \
		for (size_t n_ = 0; n_ < (config)->member##_count; n_++)  \
			if (!strcmp((config)->member[n_].name, (wanted))) \
				found_ = &(config)->member[n_];           \
		found_;                                                   \
	})

/*
 * Load and check a file. On mistakes: all of them are told to report(), one call each without a
 * newline, and -EINVAL is returned; -errno if the file cannot be read (also told).
 */
int config_load(const char *path, void (*report)(void *arg, const char *message), void *arg,
		struct config **out);
/* The same from memory; name is what stands before the line number in messages. */
int config_parse(const char *name, const char *text, size_t len,
		 void (*report)(void *arg, const char *message), void *arg, struct config **out);
/* Have its sessions a limit that they share? */
bool config_has_total(const struct config_incoming *in);
void config_free(struct config *c); /* clears secrets; NULL is allowed */

#endif
