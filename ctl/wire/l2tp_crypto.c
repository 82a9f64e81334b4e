// SPDX-License-Identifier: GPL-2.0-only
/* AVP hiding and challenge responses, see l2tp_crypto.h. */
#include "wire/l2tp_crypto.h"

#include <errno.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <string.h>

/* b1 of RFC 2661 4.3 */
static void first_mask(uint16_t attribute, const char *secret, struct l2tp_vector rv,
		       uint8_t mask[MD5_DIGEST_SIZE])
{
	uint8_t av[2] = {attribute >> 8, attribute & 0xff};
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, sizeof(av), av);
	md5_update(&md5, strlen(secret), (const uint8_t *)secret);
	md5_update(&md5, rv.len, rv.p);
	md5_digest(&md5, MD5_DIGEST_SIZE, mask);
}

/* b(i) from c(i-1) */
static void next_mask(const char *secret, const uint8_t *cipher, uint8_t mask[MD5_DIGEST_SIZE])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, strlen(secret), (const uint8_t *)secret);
	md5_update(&md5, MD5_DIGEST_SIZE, cipher);
	md5_digest(&md5, MD5_DIGEST_SIZE, mask);
}

int l2tp_reveal(uint16_t attribute, const char *secret, struct l2tp_vector rv,
		const uint8_t *hidden, size_t len, uint8_t *out)
{
	uint8_t mask[MD5_DIGEST_SIZE];
	size_t value_len;

	if (len < 2)
		return -EBADMSG;
	first_mask(attribute, secret, rv, mask);
	for (size_t i = 0; i < len; i++) {
		if (i && i % MD5_DIGEST_SIZE == 0)
			next_mask(secret, hidden + i - MD5_DIGEST_SIZE, mask);
		out[i] = hidden[i] ^ mask[i % MD5_DIGEST_SIZE];
	}
	value_len = (size_t)(out[0] << 8 | out[1]);
	return value_len <= len - 2 ? (int)value_len : -EBADMSG;
}

void l2tp_hide(uint16_t attribute, const char *secret, struct l2tp_vector rv, const uint8_t *value,
	       size_t len, size_t padding, uint8_t *out)
{
	uint8_t mask[MD5_DIGEST_SIZE];

	first_mask(attribute, secret, rv, mask);
	for (size_t i = 0; i < 2 + len + padding; i++) {
		uint8_t clear = i == 0 ? len >> 8 : i == 1 ? len & 0xff : value[i - 2];

		if (i && i % MD5_DIGEST_SIZE == 0)
			next_mask(secret, out + i - MD5_DIGEST_SIZE, mask);
		out[i] = clear ^ mask[i % MD5_DIGEST_SIZE];
	}
}

void l2tp_response(uint8_t type, const char *secret, const uint8_t *challenge, size_t len,
		   uint8_t out[L2TP_RESPONSE_LEN])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &type);
	md5_update(&md5, strlen(secret), (const uint8_t *)secret);
	md5_update(&md5, len, challenge);
	md5_digest(&md5, L2TP_RESPONSE_LEN, out);
}

bool l2tp_response_eq(const uint8_t a[L2TP_RESPONSE_LEN], const uint8_t b[L2TP_RESPONSE_LEN])
{
	return memeql_sec(a, b, L2TP_RESPONSE_LEN);
}
