// SPDX-License-Identifier: GPL-2.0-only
/* Does a secret fit what the peer showed of itself, by each method? */
#include "ppp/link.h"

#include <nettle/md5.h>
#include <nettle/memops.h>

static bool verify_pap(const struct ppp_login *login, const char *secret, size_t len)
{
	char ours[PPP_SECRET_MAX + 1] = {0}, theirs[PPP_SECRET_MAX + 1] = {0};
	size_t their_len = strlen(login->password);
	bool good;

	memcpy(ours, secret, len);
	memcpy(theirs, login->password,
	       their_len < sizeof(theirs) ? their_len : sizeof(theirs) - 1);
	/* Whole buffers: the time tells nothing of where, or at what length, they differ. */
	good = memeql_sec(ours, theirs, sizeof(ours)) && their_len == len;
	explicit_bzero(ours, sizeof(ours));
	explicit_bzero(theirs, sizeof(theirs));
	return good;
}

/* RFC 1994 4.1 */
static bool verify_md5(const struct ppp_login *login, const char *secret, size_t len)
{
	uint8_t expected[CHAP_MD5_LEN];
	struct md5_ctx md5;
	bool good;

	if (login->response_len != CHAP_MD5_LEN)
		return false;
	md5_init(&md5);
	md5_update(&md5, 1, &login->chap_id);
	md5_update(&md5, len, (const uint8_t *)secret);
	md5_update(&md5, login->challenge_len, login->challenge);
	md5_digest(&md5, sizeof(expected), expected);
	good = memeql_sec(expected, login->response, sizeof(expected));
	explicit_bzero(&md5, sizeof(md5));
	explicit_bzero(expected, sizeof(expected));
	return good;
}

/* RFC 2759 4 and 8. What is reserved in the response, and its flags, count for nothing. */
static bool verify_mschapv2(const struct ppp_login *login, const char *secret)
{
	const uint8_t *theirs = login->response + MSCHAP_CHALLENGE_LEN + MSCHAP_RESERVED_LEN;
	const struct mschap_login l = {
		.name = (const uint8_t *)login->name,
		.name_len = strlen(login->name),
		.challenge = login->challenge,
		.peer_challenge = login->response,
	};
	uint8_t expected[MSCHAP_NT_LEN], proof[PPP_PROOF_LEN];
	bool good;

	if (login->response_len != MSCHAP_RESPONSE_LEN ||
	    login->challenge_len != MSCHAP_CHALLENGE_LEN)
		return false;
	mschap_answer(&l, secret, expected, proof);
	good = memeql_sec(expected, theirs, sizeof(expected));
	if (good && login->proof)
		memcpy(login->proof, proof, sizeof(proof));
	explicit_bzero(expected, sizeof(expected));
	explicit_bzero(proof, sizeof(proof));
	return good;
}

bool ppp_login_verify(const struct ppp_login *login, const char *secret)
{
	size_t len = strlen(secret);

	if (len > PPP_SECRET_MAX)
		return false;
	switch (login->method) {
	case PPP_AUTH_PAP:
		return verify_pap(login, secret, len);
	case PPP_AUTH_CHAP_MD5:
		return verify_md5(login, secret, len);
	case PPP_AUTH_MSCHAPV2:
		return verify_mschapv2(login, secret);
	default:
		return false;
	}
}
