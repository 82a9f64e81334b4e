/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A peer whose messages are written by hand, for tests with a side of struct pair: it says what it
 * likes, with the numbers that it likes. And the fixture of those tests: a struct pair in *state.
 */
#ifndef L2X_TESTS_L2TP_HAND_H
#define L2X_TESTS_L2TP_HAND_H

#include "l2tp_pair.h"
#include "wire/l2tp_message.h"

int pair_setup(void **state);
int pair_teardown(void **state);

struct hand {
	uint8_t bytes[1500];
	struct wbuf b;
	size_t len;
};

/* For the side's last tunnel; tunnel_id otherwise. */
void hand_begin(struct hand *h, const struct side *to, uint16_t session,
		enum l2tp_message_type type);
void hand_begin_id(struct hand *h, uint16_t tunnel_id, uint16_t session,
		   enum l2tp_message_type type);
/* Any AVP, with its flags. */
void hand_avp(struct hand *h, uint16_t flags, uint16_t vendor, uint16_t attribute, const void *p,
	      size_t len);
/*
 * Give it numbers, and to the side, as from the other one or from elsewhere. May be called again.
 */
void hand_send(struct hand *h, struct side *to, uint16_t ns, uint16_t nr);
void hand_send_from(struct hand *h, struct side *to, uint16_t ns, uint16_t nr, const char *ip,
		    uint16_t port);
/* A ZLB. */
void hand_ack(struct side *to, uint16_t tunnel_id, uint16_t ns, uint16_t nr);

/* Whole but for the end, so that AVPs may be added. */
void hand_sccrq(struct hand *h, uint16_t id);
void hand_sccrp(struct hand *h, const struct side *to, uint16_t id);
void hand_icrq(struct hand *h, const struct side *to, uint16_t session_id);
void hand_iccn(struct hand *h, const struct side *to);

/* A tunnel and, when asked, a session that the hand opened to the side; its next Ns is returned. */
uint16_t hand_connect(struct side *to, uint16_t tunnel_id, uint16_t session_id);

/* The n-th last message of this type on a tape, n from 0; NULL: none. */
const uint8_t *tape_find(const struct tape *t, uint16_t type, unsigned n, size_t *len);
unsigned tape_count(const struct tape *t, uint16_t type);

#endif
