// SPDX-License-Identifier: GPL-2.0-only
/* MS-CHAPv2, see ppp_mschap.h. MD4 and DES are what the RFC says, not what one would choose. */
#include "wire/ppp_mschap.h"

#include <nettle/des.h>
#include <nettle/md4.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>
#include "wire/ppp_text.h"

#define PROOF_DIGITS (MSCHAP_PROOF_LEN * 2)

/* One character of valid UTF-8, or 0; *len is how many bytes it takes. */
static uint32_t utf8_next(const uint8_t *s, size_t *len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;

	*len = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	if (*len <= 1)
		return *len ? s[0] : 0;
	c = s[0] & (0x7f >> *len);
	for (size_t i = 1; i < *len; i++) {
		if (s[i] >> 6 != 2) /* also the NUL at the end */
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[*len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : c;
}

static bool is_utf8(const uint8_t *s)
{
	for (size_t len; *s; s += len)
		if (!utf8_next(s, &len))
			return false;
	return true;
}

static void update_utf16(struct md4_ctx *md4, uint32_t unit)
{
	const uint8_t bytes[] = {unit & 0xff, unit >> 8 & 0xff};

	md4_update(md4, sizeof(bytes), bytes);
}

/* The password in UTF-16, little endian (RFC 2759 8.3). Bytes that are no UTF-8 are taken as
 * Latin-1, as pppd does. */
void mschap_password_hash(const char *password, uint8_t hash[16])
{
	const uint8_t *s = (const uint8_t *)password;
	bool utf8 = is_utf8(s);
	struct md4_ctx md4;

	md4_init(&md4);
	for (size_t len = 1; *s; s += len) {
		uint32_t c = utf8 ? utf8_next(s, &len) : *s;

		if (c > 0xffff) {
			update_utf16(&md4, 0xd800 + ((c - 0x10000) >> 10));
			update_utf16(&md4, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			update_utf16(&md4, c);
		}
	}
	md4_digest(&md4, 16, hash);
	explicit_bzero(&md4, sizeof(md4));
}

void mschap_challenge_hash(const struct mschap_login *l, uint8_t hash[8])
{
	/* The name without a domain in front of it: "DOMAIN\user" (RFC 2759 4, 8.2). */
	const uint8_t *domain_end = l->name_len ? memrchr(l->name, '\\', l->name_len) : NULL;
	size_t skip = domain_end ? (size_t)(domain_end + 1 - l->name) : 0;
	struct sha1_ctx sha;

	sha1_init(&sha);
	sha1_update(&sha, MSCHAP_CHALLENGE_LEN, l->peer_challenge);
	sha1_update(&sha, MSCHAP_CHALLENGE_LEN, l->challenge);
	if (l->name_len > skip)
		sha1_update(&sha, l->name_len - skip, l->name + skip);
	sha1_digest(&sha, 8, hash);
}

/* Seven bytes of key spread over eight, with odd parity. */
void mschap_des_key(const uint8_t raw[7], uint8_t key[8])
{
	uint64_t bits = 0;

	for (int i = 0; i < 7; i++)
		bits = bits << 8 | raw[i];
	for (int i = 0; i < 8; i++)
		key[i] = (uint8_t)((bits >> (49 - 7 * i) & 0x7f) << 1);
	des_fix_parity(8, key, key);
}

static void challenge_response(const uint8_t challenge[8], const uint8_t hash[16],
			       uint8_t response[MSCHAP_NT_LEN])
{
	uint8_t padded[21] = {0}, key[8];
	struct des_ctx des;

	memcpy(padded, hash, 16);
	for (int i = 0; i < 3; i++) {
		mschap_des_key(padded + 7 * i, key);
		des_set_key(&des, key); /* a weak key is as good as any here */
		des_encrypt(&des, 8, response + 8 * i, challenge);
	}
	explicit_bzero(padded, sizeof(padded));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&des, sizeof(des));
}

/* RFC 2759 8.7 */
static void prove(const uint8_t hash[16], const uint8_t challenge[8],
		  const uint8_t nt_response[MSCHAP_NT_LEN], uint8_t proof[MSCHAP_PROOF_LEN])
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t hash_hash[16], digest[SHA1_DIGEST_SIZE];
	struct md4_ctx md4;
	struct sha1_ctx sha;

	md4_init(&md4);
	md4_update(&md4, 16, hash);
	md4_digest(&md4, 16, hash_hash);
	sha1_init(&sha);
	sha1_update(&sha, 16, hash_hash);
	sha1_update(&sha, MSCHAP_NT_LEN, nt_response);
	sha1_update(&sha, sizeof(magic1) - 1, (const uint8_t *)magic1);
	sha1_digest(&sha, sizeof(digest), digest); /* and starts anew */
	sha1_update(&sha, sizeof(digest), digest);
	sha1_update(&sha, 8, challenge);
	sha1_update(&sha, sizeof(magic2) - 1, (const uint8_t *)magic2);
	sha1_digest(&sha, MSCHAP_PROOF_LEN, proof);
	explicit_bzero(hash_hash, sizeof(hash_hash));
	explicit_bzero(&md4, sizeof(md4));
	explicit_bzero(&sha, sizeof(sha));
}

void mschap_answer(const struct mschap_login *l, const char *password,
		   uint8_t nt_response[MSCHAP_NT_LEN], uint8_t proof[MSCHAP_PROOF_LEN])
{
	uint8_t hash[16], challenge[8];

	mschap_password_hash(password, hash);
	mschap_challenge_hash(l, challenge);
	challenge_response(challenge, hash, nt_response);
	prove(hash, challenge, nt_response, proof);
	explicit_bzero(hash, sizeof(hash));
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20; /* the RFC wants capitals; some send others */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mschap_success_parse(const uint8_t *message, size_t len, uint8_t proof[MSCHAP_PROOF_LEN])
{
	if (len < 2 + PROOF_DIGITS || message[0] != 'S' || message[1] != '=')
		return false;
	for (int i = 0; i < MSCHAP_PROOF_LEN; i++) {
		int high = hex_digit(message[2 + 2 * i]), low = hex_digit(message[3 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		proof[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void hex(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02X", bytes[i]);
}

static size_t written(int n, size_t size)
{
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

size_t mschap_success_text(char *buf, size_t size, const uint8_t proof[MSCHAP_PROOF_LEN],
			   const char *text)
{
	char digits[PROOF_DIGITS + 1];

	hex(digits, proof, MSCHAP_PROOF_LEN);
	return written(snprintf(buf, size, "S=%s M=%s", digits, text), size);
}

size_t mschap_failure_text(char *buf, size_t size, unsigned error,
			   const uint8_t challenge[MSCHAP_CHALLENGE_LEN], const char *text)
{
	char digits[2 * MSCHAP_CHALLENGE_LEN + 1];

	hex(digits, challenge, MSCHAP_CHALLENGE_LEN);
	/* R=0: no second try; V=3: the version of the password change protocol, which the RFC wants
	 * here. */
	return written(snprintf(buf, size, "E=%u R=0 C=%s V=3 M=%s", error, digits, text), size);
}

static const char *error_name(unsigned error)
{
	switch (error) { /* RFC 2759 6 */
	case 646:
		return "not at this time of day";
	case 647:
		return "account disabled";
	case 648:
		return "password expired";
	case 649:
		return "account may not dial in";
	case MSCHAP_ERROR_AUTHENTICATION_FAILURE:
		return "wrong name or password";
	case 709:
		return "password could not be changed";
	default:
		return NULL;
	}
}

void mschap_failure_words(const uint8_t *message, size_t len, char *buf, size_t size)
{
	const uint8_t *text = len ? memmem(message, len, "M=", 2) : NULL;
	unsigned error = 0;
	const char *name;
	size_t n;

	if (len < 3 || memcmp(message, "E=", 2)) { /* some send plain words */
		ppp_printable(buf, size, message, len);
		return;
	}
	for (size_t i = 2; i < len && i < 7 && message[i] >= '0' && message[i] <= '9'; i++)
		error = error * 10 + (message[i] - '0');
	name = error_name(error);
	n = name ? written(snprintf(buf, size, "%s", name), size)
		 : written(snprintf(buf, size, "error %u", error), size);
	len = text ? len - (size_t)(text + 2 - message) : 0;
	if (len && n + 3 < size) {
		n += written(snprintf(buf + n, size - n, ": "), size - n);
		ppp_printable(buf + n, size - n, text + 2, len);
	}
}
