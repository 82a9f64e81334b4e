/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's view of the outside of a packet; for model*.c alone. */
#ifndef L2X_TESTS_DIFFERENTIAL_OUTER_H
#define L2X_TESTS_DIFFERENTIAL_OUTER_H

#include <string.h>
#include "model.h"

struct outer {
	bool v6;
	bool plain; /* as BPF programs read it */
	const uint8_t *src, *dst;
	size_t l4, end;
};

/*
 * UDP to our port: MODEL_TAKEN, MODEL_LEFT (nobody takes it) or MODEL_UNSURE.
 */
enum model_verdict outer_udp(const struct packet *p, struct outer *o);
bool outer_to(const struct outer *o, unsigned last);
/* Does the kernel deliver what is from and to these? Only such as the generator makes are known. */
bool outer_addresses_known(const struct outer *o);

static inline unsigned at16(const struct packet *p, size_t off)
{
	return (unsigned)p->data[off] << 8 | p->data[off + 1];
}

static inline bool begins(const uint8_t *a, const char *bytes, size_t n)
{
	return !memcmp(a, bytes, n);
}

#endif
