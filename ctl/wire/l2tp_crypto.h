/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shared secret of a tunnel is for: hiding AVP values (RFC 2661 4.3) and proving oneself
 * (RFC 2661 5.1.1, 4.4.3). Both are MD5; a secret is text with a NUL, and may be empty.
 */
#ifndef L2X_WIRE_L2TP_CRYPTO_H
#define L2X_WIRE_L2TP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wire/l2tp_avp.h"

struct l2tp_vector {
	const uint8_t *p;
	size_t len;
};

/*
 * Turn a hidden subformat into its original value: len bytes at hidden, as many written to out,
 * which may not overlap. Returns the length of the value, which starts at out + 2; or -EBADMSG when
 * its length field does not fit, as after a wrong secret.
 */
int l2tp_reveal(uint16_t attribute, const char *secret, struct l2tp_vector rv,
		const uint8_t *hidden, size_t len, uint8_t *out);

/* The other way: 2 + len + padding bytes are written to out. The padding is what the caller put
 * behind the value. */
void l2tp_hide(uint16_t attribute, const char *secret, struct l2tp_vector rv, const uint8_t *value,
	       size_t len, size_t padding, uint8_t *out);

/* Challenge Response for a message of this type (SCCRP or SCCCN), RFC 2661 4.4.3. */
void l2tp_response(uint8_t type, const char *secret, const uint8_t *challenge, size_t len,
		   uint8_t out[L2TP_RESPONSE_LEN]);

/* In time that does not depend on where the difference is. */
bool l2tp_response_eq(const uint8_t a[L2TP_RESPONSE_LEN], const uint8_t b[L2TP_RESPONSE_LEN]);

#endif
