/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing of byte strings with bounds. Neither ever touches a byte outside: a read past
 * the end gives zeros and sets `short_read`, a write past the end is dropped and sets `full`;
 * callers check once, at the end. Numbers are in network byte order on the wire, in host order
 * here.
 */
#ifndef L2X_BASE_BUF_H
#define L2X_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rbuf {
	const uint8_t *p, *end;
	bool short_read;
};

struct wbuf {
	uint8_t *start, *p, *end;
	bool full;
};

static inline struct rbuf rbuf_of(const void *data, size_t len)
{
	return (struct rbuf){.p = data, .end = (const uint8_t *)data + len};
}

static inline size_t rbuf_left(const struct rbuf *b)
{
	return (size_t)(b->end - b->p);
}

/* The next n bytes, or NULL. */
static inline const uint8_t *rbuf_take(struct rbuf *b, size_t n)
{
	const uint8_t *p = b->p;

	if (n > rbuf_left(b)) {
		b->short_read = true;
		b->p = b->end;
		return NULL;
	}
	b->p += n;
	return p;
}

static inline uint8_t rbuf_u8(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rbuf_u16(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rbuf_u32(struct rbuf *b)
{
	const uint8_t *p = rbuf_take(b, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline struct wbuf wbuf_of(void *data, size_t room)
{
	return (struct wbuf){.start = data, .p = data, .end = (uint8_t *)data + room};
}

static inline size_t wbuf_len(const struct wbuf *b)
{
	return (size_t)(b->p - b->start);
}

/* Room for n bytes to be filled in by the caller, or NULL. */
static inline uint8_t *wbuf_take(struct wbuf *b, size_t n)
{
	uint8_t *p = b->p;

	if (b->full || n > (size_t)(b->end - b->p)) {
		b->full = true;
		return NULL;
	}
	b->p += n;
	return p;
}

static inline void wbuf_bytes(struct wbuf *b, const void *data, size_t n)
{
	uint8_t *p = wbuf_take(b, n);

	if (p && n)
		memcpy(p, data, n);
}

static inline void wbuf_u8(struct wbuf *b, uint8_t v)
{
	wbuf_bytes(b, &v, 1);
}

static inline void wbuf_u16(struct wbuf *b, uint16_t v)
{
	uint8_t *p = wbuf_take(b, 2);

	if (p) {
		p[0] = v >> 8;
		p[1] = v;
	}
}

static inline void wbuf_u32(struct wbuf *b, uint32_t v)
{
	wbuf_u16(b, v >> 16);
	wbuf_u16(b, v);
}

#endif
