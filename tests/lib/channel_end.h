/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end of a reliable channel, alone, for tests: what it sent and what was delivered to it.
 * Messages carry a number.
 */
#ifndef L2X_TESTS_CHANNEL_END_H
#define L2X_TESTS_CHANNEL_END_H

#include "l2tp/channel.h"

#define LOG_MAX 64

/* One end, and what it did. */
struct end {
	struct timers *timers;
	struct channel channel;
	struct l2tp_channel_state st;
	struct {
		uint64_t at;
		uint16_t ns, nr;
		bool zlb;
	} sent[LOG_MAX];
	unsigned sent_count;
	uint32_t delivered; /* numbers that the messages carry, in order from 0 */
	unsigned failed;
	uint64_t failed_at;
	bool reply; /* send a message for each that is delivered */
	/* for the lossy link */
	struct end *other;
	unsigned loss;
};

extern const struct channel_ops end_quiet_ops; /* what it sends goes nowhere */
extern const struct channel_config end_defaults;

void end_message(uint8_t *msg, uint16_t ns, uint16_t nr, uint32_t number);
void end_send(struct end *e, uint32_t number);
void end_on_deliver(void *arg, const uint8_t *msg, size_t len);
bool end_on_failed(void *arg);
void end_init(struct end *e, struct timers *ts, const struct channel_config *config, uint16_t ns,
	      uint16_t nr, uint16_t peer_window);
void end_receive(struct end *e, int ns, uint16_t nr, uint32_t number);
void end_run(struct timers *ts, uint64_t ms);

#endif
