/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two PPP links (or one, looped to itself, or one and a test that plays the peer) joined by a line
 * in virtual time. The line may lose, double and delay frames; all chance comes from one seed.
 * Everything an end says to its owner is kept.
 */
#ifndef L2X_TESTS_PPP_PAIR_H
#define L2X_TESTS_PPP_PAIR_H

#include "ppp/ppp.h"

#define PAIR_FRAMES 512
#define PAIR_FRAME  2048

struct pair;

struct end {
	struct pair *pair;
	struct ppp *ppp;
	struct ppp_config config;
	bool authorise;		    /* has the callback */
	bool late;		    /* does not answer from within it */
	const char *name, *secret;  /* who may come in; NULL: anyone */
	struct ppp_addresses given; /* what it then gets */

	unsigned asked, again, ups4, downs4, ups6, downs6, ends;
	bool up4, up6;
	bool last_good; /* of the last question */
	char last_name[PPP_NAME_MAX + 1];
	struct ppp_ipv4 ip4;
	struct ppp_ipv6 ip6;
	struct ppp_end why;
	uint8_t *on_end_free; /* free the link from within ended() */

	uint8_t last[PAIR_FRAME]; /* the last frame that it sent */
	size_t last_len;
	unsigned sent;
};

struct frame {
	uint64_t at;
	uint64_t order; /* equal times: first in, first out */
	int to;
	size_t len;
	uint8_t data[PAIR_FRAME];
};

struct pair {
	struct timers timers;
	struct end end[2];
	struct frame frames[PAIR_FRAMES];
	size_t count;
	uint64_t order, random;
	/* The line, in percent and ms. */
	unsigned loss, twice, delay, jitter;
	bool looped; /* each end hears itself */
	bool cut;    /* nothing arrives any more */
	/* Not NULL: false swallows the frame. */
	bool (*filter)(struct pair *p, int from, const uint8_t *frame, size_t len);
	bool ff03, compressed; /* how frames are put on the line */
	struct logger log;
	struct log_sink sink;
	void (*on_line)(struct pair *p, int from, const uint8_t *frame, size_t len);
	void *arg;
};

/* An LNS (end 0: demands CHAP or PAP, gives 10.0.0.2) and a LAC (end 1: alice, takes what it is
 * given). */
void pair_init(struct pair *p, uint64_t seed);
/* PPP_AUTH_BIT()s that it demands, strongest first. */
void pair_demand(struct end *e, unsigned methods);
/* Makes the links, after a test has changed what it wants to change; and opens them. */
void pair_make(struct pair *p, int which);
void pair_open(struct pair *p);
void pair_free(struct pair *p);
/* Let time pass, frames arrive and timers fire. */
void pair_run(struct pair *p, uint64_t ms);
/* As long as it takes until the condition holds; false: it does not within ms. */
bool pair_until(struct pair *p, bool (*holds)(const struct pair *p), uint64_t ms);
uint32_t pair_random(struct pair *p);
void pair_input(struct pair *p, int to, const uint8_t *frame, size_t len);

bool pair_up4(const struct pair *p);
bool pair_up(const struct pair *p);    /* both protocols on both ends */
bool pair_ended(const struct pair *p); /* both ends */

#endif
