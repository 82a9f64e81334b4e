/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of received data messages (RFC 2661 5.4). A packet that is late or came before is
 * dropped, and none waits for an earlier one: inside is IP, which puts its packets in order itself.
 * Ns goes round; half of all numbers are ahead of the last one, half behind it.
 *
 * A sender that has lost count begins anew somewhere behind, and would not be heard for thousands of
 * packets. So numbers behind that follow each other, as no stray packets do, are taken for a new
 * beginning after some.
 */
#ifndef L2X_DATAPLANE_SEQUENCE_H
#define L2X_DATAPLANE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define SEQUENCE_RESTART 8 /* fewer than a PPP automaton sends before it gives up */

struct sequence {
	uint16_t next;	      /* one past the newest */
	uint16_t behind_next; /* one past the last that was late */
	uint8_t behind;	      /* late ones that followed each other */
	bool known;	      /* a number has come */
	bool numbered;	      /* the last packet that was taken had one */
};

/* False: it is late or a duplicate. */
static inline bool sequence_takes(struct sequence *q, uint16_t ns)
{
	if (q->known && (int16_t)(uint16_t)(ns - q->next) < 0) {
		q->behind = q->behind && ns == q->behind_next ? q->behind + 1 : 1;
		q->behind_next = (uint16_t)(ns + 1);
		if (q->behind < SEQUENCE_RESTART)
			return false;
	}
	q->known = true;
	q->behind = 0;
	q->next = (uint16_t)(ns + 1);
	return true;
}

#endif
