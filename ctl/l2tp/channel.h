/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reliable delivery of control messages (RFC 2661 5.8 and appendix A): one channel per tunnel
 * numbers, retransmits and acknowledges, and gives what arrives up in order and once. It knows of a
 * message only its header's Ns and Nr.
 *
 * Sending: the queue holds every message that is not acknowledged. `unsent` is the first that the
 * congestion window has not let out yet; after a timeout it goes back to the head, since the window
 * is one message again. One timer runs, for the head. Receiving: messages that come early wait in a
 * ring of the window's size. An acknowledgement waits a moment for a message that it can ride on.
 */
#ifndef L2X_L2TP_CHANNEL_H
#define L2X_L2TP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/timer.h"
#include "wire/l2tp_message.h"

#define CHANNEL_ACK_DELAY 20 /* ms that an acknowledgement waits for company */
#define CHANNEL_ACK_EVERY \
	4 /* received messages that it covers at most: a peer's window may be as small */

/* What must be remembered of a channel to go on with it elsewhere. Plain data. */
struct l2tp_channel_state {
	uint16_t ns;	      /* of the next message that is put in the queue */
	uint16_t nr;	      /* expected from the peer next */
	uint16_t peer_window; /* messages that it takes at a time */
};

struct channel_config {
	uint32_t retransmit_first, retransmit_max; /* ms */
	uint32_t retransmit_tries;		   /* retransmissions of one message */
	uint16_t receive_window;
};

struct channel_ops {
	void (*transmit)(void *arg, const uint8_t *msg, size_t len);
	/* Write a ZLB; the channel does not know the tunnel id. */
	void (*transmit_zlb)(void *arg, uint16_t ns, uint16_t nr);
	/* In order, once. May send, and may end the tunnel, but not free the channel. */
	void (*deliver)(void *arg, const uint8_t *msg, size_t len);
	/*
	 * The head of the queue was retransmitted in vain. False: go on, at the longest interval,
	 * and ask again. May not free the channel either.
	 */
	bool (*failed)(void *arg);
};

struct channel_message {
	struct channel_message *next;
	uint16_t ns;
	size_t len;
	uint8_t bytes[];
};

struct channel {
	struct l2tp_channel_state *st;
	const struct channel_ops *ops;
	void *arg;
	struct timers *timers;
	struct channel_config config;

	struct channel_message *head, **tail, *unsent;
	uint16_t acked;			    /* Ns of the oldest message that is not acknowledged */
	uint16_t sent;			    /* one past the highest Ns that was ever sent */
	unsigned in_flight;		    /* messages from the head up to unsent */
	unsigned cwnd, ssthresh, cwnd_part; /* appendix A; cwnd_part/cwnd is the fraction of cwnd */
	unsigned retries;
	struct timer retransmit;

	struct channel_message **early; /* ring of config.receive_window places */
	unsigned early_head;		/* the place of st->nr */
	unsigned unacknowledged;	/* received, and no message of ours has said so since */
	struct timer ack;
};

/* st outlives the channel. 0 or -ENOMEM. */
int channel_init(struct channel *c, struct l2tp_channel_state *st,
		 const struct channel_config *config, const struct channel_ops *ops, void *arg,
		 struct timers *timers);
void channel_free(struct channel *c);

/*
 * Go on with another configuration. A new receive window forgets early messages, which the peer
 * sends again. 0 or -ENOMEM, then it goes on with the old one.
 */
int channel_configure(struct channel *c, const struct channel_config *config);
/* The peer said how much it takes (Receive Window Size AVP). */
void channel_set_peer_window(struct channel *c, uint16_t window);

/* Queue a copy of a whole message; Ns and Nr are filled in. 0 or -ENOMEM. */
int channel_send(struct channel *c, const uint8_t *msg, size_t len);
/* Or does the message of this number, which was queued, still wait for the window? */
bool channel_has_sent(const struct channel *c, uint16_t ns);
/* Forget what was queued and never sent: something final is to come. */
void channel_drop_unsent(struct channel *c);
/* Forget all that was queued: the peer is gone. */
void channel_drop_all(struct channel *c);
/* Any message of the peer, ZLB or not. */
void channel_input(struct channel *c, const struct l2tp_header *h, const uint8_t *msg);
/* The oldest message that is not acknowledged, or NULL. */
const struct channel_message *channel_head(const struct channel *c);
/* The peer begins its numbers elsewhere. Forgets what came early. */
void channel_expect(struct channel *c, uint16_t ns);
/* Is anything waiting for the peer's acknowledgement? */
bool channel_busy(const struct channel *c);
/* Messages that do. */
unsigned channel_queued(const struct channel *c);
/* How long a peer may go on retransmitting one message to us, if it is set up as we are: ms. */
uint64_t channel_cycle(const struct channel *c);

#endif
