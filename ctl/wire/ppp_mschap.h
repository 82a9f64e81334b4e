/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic and the messages of MS-CHAPv2 (RFC 2759). Pure functions; a name is bytes as the
 * peer sent them, a password is text in UTF-8.
 */
#ifndef L2X_WIRE_PPP_MSCHAP_H
#define L2X_WIRE_PPP_MSCHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSCHAP_CHALLENGE_LEN 16 /* of either end */
#define MSCHAP_RESERVED_LEN  8
#define MSCHAP_NT_LEN	     24
#define MSCHAP_RESPONSE_LEN  49 /* RFC 2759 4: peer's challenge, reserved, NT-Response, flags */
#define MSCHAP_PROOF_LEN     20 /* the 40 digits of "S=" */

struct mschap_login {
	const uint8_t *name;
	size_t name_len;
	const uint8_t *challenge;      /* the authenticator's */
	const uint8_t *peer_challenge; /* both of MSCHAP_CHALLENGE_LEN */
};

/* NT-Response (RFC 2759 8.1), and what the authenticator proves with that it knows the password too
 * (8.7). */
void mschap_answer(const struct mschap_login *l, const char *password,
		   uint8_t nt_response[MSCHAP_NT_LEN], uint8_t proof[MSCHAP_PROOF_LEN]);

/* The steps of it, for tests against the values of RFC 2759 9.2. */
void mschap_challenge_hash(const struct mschap_login *l, uint8_t hash[8]); /* 8.2 */
void mschap_password_hash(const char *password, uint8_t hash[16]);	   /* 8.3 */
void mschap_des_key(const uint8_t raw[7], uint8_t key[8]);		   /* 9.3 */

/* The proof in a Success message, RFC 2759 5; false: there is none. */
bool mschap_success_parse(const uint8_t *message, size_t len, uint8_t proof[MSCHAP_PROOF_LEN]);
/* "S=<proof> M=<text>"; returns its length. */
size_t mschap_success_text(char *buf, size_t size, const uint8_t proof[MSCHAP_PROOF_LEN],
			   const char *text);

/* RFC 2759 6. */
size_t mschap_failure_text(char *buf, size_t size, unsigned error,
			   const uint8_t challenge[MSCHAP_CHALLENGE_LEN], const char *text);
/* A Failure message in words: "password expired: ask the help desk". Always a string. */
void mschap_failure_words(const uint8_t *message, size_t len, char *buf, size_t size);

#define MSCHAP_ERROR_AUTHENTICATION_FAILURE 691

#endif
