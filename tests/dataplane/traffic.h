/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic in a thread of its own, for as long as the data path is changed under it: both ways through
 * the session of plane.h, never so much that a queue overflows, so that each packet must arrive; and
 * to 10.3.0.1, which sessions come and go for. These have rising ids at the peer, and each packet says
 * which of them had gone when it was sent. A packet that leaves with the ids of a session that is not
 * the one it was sent to is astray.
 */
#ifndef L2X_TESTS_DATAPLANE_TRAFFIC_H
#define L2X_TESTS_DATAPLANE_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>
#include "lab.h"

struct traffic {
	const struct lab *lab;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint gone;	/* the highest id of a session that has gone */
	unsigned sent, arrived; /* to 10.1.0.2 and from there */
	unsigned passing;	/* to 10.3.0.1, those that a session took */
	unsigned late;		/* of them, to a session that had gone */
	unsigned astray;	/* those of the session that stays, with another one's ids */
	unsigned lost;
};

void traffic_start(struct traffic *t, const struct lab *lab);
/* Returns when what was sent has arrived, or can no longer be expected to. */
void traffic_stop(struct traffic *t);

#endif
