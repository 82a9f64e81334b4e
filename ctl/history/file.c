// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of a history file. A record:
 *
 *   u32 checksum of all that follows   u16 kind   u16 length of the name   u16 slots
 *   u32 number of the newest   name   slots, the oldest first
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "base/buf.h"
#include "base/hash.h"
#include "history/history.h"

#define RECORD_HEAD 14

static const uint8_t magic[HISTORY_HEAD] = {'l', '2', 'x', 'h', 0, 2, 0, HISTORY_STEP};

void history_write_head(uint8_t out[HISTORY_HEAD])
{
	memcpy(out, magic, HISTORY_HEAD);
}

int history_read_head(const uint8_t head[HISTORY_HEAD])
{
	return memcmp(head, magic, HISTORY_HEAD) ? -EPROTO : 0;
}

/* All but the last two members are numbers of 16 bits. */
#define NUMBERS (offsetof(struct history_slot, up) / sizeof(uint16_t))

static void write_slot(struct wbuf *b, const struct history_slot *s)
{
	const uint16_t *numbers = (const uint16_t *)s;

	for (size_t i = 0; i < NUMBERS; i++)
		wbuf_u16(b, numbers[i]);
	wbuf_u8(b, s->up);
	wbuf_u8(b, s->skew);
}

static void read_slot(struct rbuf *b, struct history_slot *s)
{
	uint16_t *numbers = (uint16_t *)s;

	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = rbuf_u16(b);
	s->up = rbuf_u8(b);
	s->skew = rbuf_u8(b);
	if (s->lost > s->echoes)
		s->lost = s->echoes;
	if (s->up > HISTORY_STEP)
		s->up = HISTORY_STEP;
}

size_t history_write(enum history_kind kind, const struct history_entry *e, uint8_t *out)
{
	struct wbuf b = wbuf_of(out, HISTORY_RECORD_MAX);
	uint32_t checksum;
	size_t name_len = strlen(e->name);
	uint64_t began;

	wbuf_take(&b, sizeof(checksum));
	wbuf_u16(&b, (uint16_t)kind);
	wbuf_u16(&b, (uint16_t)name_len);
	wbuf_u16(&b, e->count);
	wbuf_u32(&b, e->last_slot);
	wbuf_bytes(&b, e->name, name_len);
	for (unsigned i = 0; i < e->count; i++)
		write_slot(&b, history_slot(e, i, &began));
	checksum = htonl(fnv1a(FNV1A_START, out + 4, wbuf_len(&b) - 4));
	memcpy(out, &checksum, sizeof(checksum));
	return wbuf_len(&b);
}

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	return len;
}

/* The slots of a name of which nothing newer is known; what is left is read, not kept. */
static void keep_slots(struct history *h, uint64_t now, struct rbuf *b, const char *name,
		       unsigned count, uint32_t last)
{
	const uint32_t current = (uint32_t)(now / HISTORY_STEP);
	struct history_entry *e = NULL;
	struct history_slot slot;

	for (unsigned i = 0; i < count; i++) {
		uint32_t number = last - (count - 1 - i);

		read_slot(b, &slot);
		if (number > current || current - number >= HISTORY_SLOTS || !slot.up)
			continue;
		if (!e)
			e = history_get(h, name);
		if (!e || !history_put(e, number, &slot))
			break;
	}
	if (e)
		history_idle(h, e, (uint64_t)e->last_slot * HISTORY_STEP);
}

long history_read(struct history of[HISTORY_KINDS], uint64_t now, const uint8_t *p, size_t len)
{
	struct rbuf b = rbuf_of(p, len);
	uint32_t checksum = rbuf_u32(&b);
	uint16_t kind = rbuf_u16(&b), name_len = rbuf_u16(&b), count = rbuf_u16(&b);
	uint32_t last = rbuf_u32(&b);
	char name[HISTORY_NAME_MAX + 1];
	size_t all = RECORD_HEAD + (size_t)name_len + (size_t)count * sizeof(struct history_slot);

	if (len < RECORD_HEAD)
		return 0;
	if (kind >= HISTORY_KINDS || name_len > HISTORY_NAME_MAX || count > HISTORY_SLOTS ||
	    last < count)
		return -EBADMSG;
	if (len < all)
		return 0;
	if (checksum != fnv1a(FNV1A_START, p + 4, all - 4) || !is_name((char *)b.p, name_len))
		return -EBADMSG;
	memcpy(name, b.p, name_len);
	name[name_len] = 0;
	rbuf_take(&b, name_len);
	if (!history_find(&of[kind], name))
		keep_slots(&of[kind], now, &b, name, count, last);
	return (long)all;
}
