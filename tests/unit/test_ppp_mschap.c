// SPDX-License-Identifier: GPL-2.0-only
/* MS-CHAPv2's arithmetic against the values that RFC 2759 9.2 and 9.3 print, and its messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "wire/ppp_mschap.h"

/* RFC 2759 9.2 */
static const uint8_t challenge[16] = {0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
				      0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};
static const uint8_t peer_challenge[16] = {0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
					   0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e};
static const uint8_t challenge_hash[8] = {0xd0, 0x2e, 0x43, 0x86, 0xbc, 0xe9, 0x12, 0x26};
static const uint8_t password_hash[16] = {0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
					  0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae};
static const uint8_t nt_response[24] = {0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
					0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
					0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf};
static const uint8_t proof[20] = {0x40, 0x7a, 0x55, 0x89, 0x11, 0x5f, 0xd0, 0xd6, 0x20, 0x9f,
				  0x51, 0x0f, 0xe9, 0xc0, 0x45, 0x66, 0x93, 0x2c, 0xda, 0x56};
static const char success[] = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

static struct mschap_login login_of(const char *name)
{
	return (struct mschap_login){
		.name = (const uint8_t *)name,
		.name_len = strlen(name),
		.challenge = challenge,
		.peer_challenge = peer_challenge,
	};
}

static void rfc_example(void **state)
{
	struct mschap_login l = login_of("User");
	uint8_t hash[16], out[24], p[20];

	(void)state;
	mschap_challenge_hash(&l, hash);
	assert_memory_equal(hash, challenge_hash, 8);
	mschap_password_hash("clientPass", hash);
	assert_memory_equal(hash, password_hash, 16);
	mschap_answer(&l, "clientPass", out, p);
	assert_memory_equal(out, nt_response, 24);
	assert_memory_equal(p, proof, 20);
}

static void domain_is_left_out(void **state)
{
	static const char *const same[] = {"DOMAIN\\User", "\\User", "A\\B\\User"};
	static const char *const other[] = {"User@DOMAIN", "user", "User\\", "DOMAIN/User", ""};
	uint8_t hash[8];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mschap_login l = login_of(same[i]);

		mschap_challenge_hash(&l, hash);
		assert_memory_equal(hash, challenge_hash, 8);
	}
	for (size_t i = 0; i < 5; i++) {
		struct mschap_login l = login_of(other[i]);

		mschap_challenge_hash(&l, hash);
		assert_memory_not_equal(hash, challenge_hash, 8);
	}
}

/* Expected values: printf %s "..." | iconv -f utf-8 -t utf-16le | openssl dgst -provider legacy
 * -md4 */
static void password_in_utf16(void **state)
{
	static const struct {
		const char *password;
		uint8_t hash[16];
	} cases[] = {
		{"",
		 {0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31, 0xb7, 0x3c, 0x59, 0xd7, 0xe0,
		  0xc0, 0x89, 0xc0}},
		{"gr\xc3\xbc\xc3\x9f"
		 "e",
		 {0x3c, 0x68, 0x1b, 0x28, 0x9f, 0x38, 0x6d, 0x21, 0x75, 0xd5, 0x11, 0xe1, 0x8e,
		  0x7d, 0x15, 0xc1}},
		{"\xe2\x82\xac",
		 {0x03, 0x09, 0x26, 0xb7, 0x81, 0x93, 0x8d, 0xb4, 0x36, 0x5d, 0x46, 0xad, 0xc7,
		  0xcf, 0xbc, 0xb8}},
		{"\xf0\x9f\x98\x80",
		 {0x4b, 0x58, 0xa1, 0x0c, 0xc2, 0x0a, 0x4e, 0x7d, 0x80, 0x8d, 0x21, 0x8e, 0x1f,
		  0x80, 0xaa, 0xbc}},
		{"\xfc", /* Latin-1 */
		 {0x8b, 0xd6, 0xe4, 0xfb, 0x88, 0xe0, 0x10, 0x09, 0x81, 0x87, 0x49, 0xc5, 0x44,
		  0x3e, 0xa7, 0x12}},
	};
	uint8_t hash[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mschap_password_hash(cases[i].password, hash);
		assert_memory_equal(hash, cases[i].hash, 16);
	}
	/* Bytes that are no UTF-8 (cut short, overlong, surrogates): each stands for itself, and
	 * nothing is read beyond. */
	for (int i = 0; i < 4; i++) {
		static const char *const odd[] = {"\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "a\xff"};
		char *copy = strdup(odd[i]);

		assert_non_null(copy);
		mschap_password_hash(copy, hash);
		free(copy);
	}
}

/* RFC 2759 9.3 */
static void des_keys(void **state)
{
	static const uint8_t raw[2][7] = {{0xfc, 0x15, 0x6a, 0xf7, 0xed, 0xcd, 0x6c},
					  {0x0e, 0xdd, 0xe3, 0x33, 0x7d, 0x42, 0x7f}};
	static const uint8_t keys[2][8] = {{0xfd, 0x0b, 0x5b, 0x5e, 0x7f, 0x6e, 0x34, 0xd9},
					   {0x0e, 0x6e, 0x79, 0x67, 0x37, 0xea, 0x08, 0xfe}};
	uint8_t key[8];

	(void)state;
	for (int i = 0; i < 2; i++) {
		mschap_des_key(raw[i], key);
		assert_memory_equal(key, keys[i], 8);
	}
}

static bool parse(const char *message, uint8_t p[20])
{
	return mschap_success_parse((const uint8_t *)message, strlen(message), p);
}

static void success_message(void **state)
{
	char buf[80], small[20];
	uint8_t p[20];

	(void)state;
	assert_int_equal(mschap_success_text(buf, sizeof(buf), proof, "welcome"), 42 + 10);
	assert_memory_equal(buf, success, 42);
	assert_string_equal(buf + 42, " M=welcome");
	assert_true(parse(buf, p));
	assert_memory_equal(p, proof, 20);
	assert_true(parse(success, p)); /* pppd and others leave the message out */
	assert_true(parse("S=407a5589115fd0d6209f510fe9c04566932cda56", p));
	assert_memory_equal(p, proof, 20);
	assert_false(parse("S=407A5589115FD0D6209F510FE9C04566932CDA5", p));
	assert_false(parse("S=407A5589115FD0D6209F510FE9C04566932CDA5G", p));
	assert_false(parse("M=407A5589115FD0D6209F510FE9C04566932CDA56", p));
	assert_false(parse("", p));
	assert_int_equal(mschap_success_text(small, sizeof(small), proof, "welcome"), 19);
}

static void failure_message(void **state)
{
	static const struct {
		const char *message, *words;
	} cases[] = {
		{"E=691 R=0 C=5B5D7C7D7B3F2F3E3C2C602132262628 V=3 M=go away",
		 "wrong name or password: go away"},
		{"E=648 R=0 C=00 V=3 M=", "password expired"},
		{"E=647 R=1", "account disabled"},
		{"E=646 R=0 V=3 M=night\x07", "not at this time of day: night?"},
		{"E=649 R=0 V=3", "account may not dial in"},
		{"E=709 R=0 V=3", "password could not be changed"},
		{"E=123456789 R=0", "error 12345"},
		{"E=12 M=x", "error 12: x"},
		{"go away", "go away"},
		{"E=", "E="},
		{"", ""},
	};
	char buf[100], words[64];

	(void)state;
	mschap_failure_text(buf, sizeof(buf), 691, challenge, "go away");
	assert_string_equal(buf, cases[0].message);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *m = cases[i].message;

		mschap_failure_words((const uint8_t *)m, strlen(m), words, sizeof(words));
		assert_string_equal(words, cases[i].words);
		for (size_t size = 1; size < 8; size++) {
			mschap_failure_words((const uint8_t *)m, strlen(m), words, size);
			assert_true(strlen(words) < size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_example),	     cmocka_unit_test(domain_is_left_out),
		cmocka_unit_test(password_in_utf16), cmocka_unit_test(des_keys),
		cmocka_unit_test(success_message),   cmocka_unit_test(failure_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
