// SPDX-License-Identifier: GPL-2.0-only
/* L2TP codecs against bytes written by hand from RFC 2661: headers, AVPs, hiding, text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "wire/l2tp_crypto.h"
#include "wire/l2tp_data.h"
#include "wire/l2tp_message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_data_parse(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[24];
		size_t len;
		int err;
		struct l2tp_data want;
	} cases[] = {
		{"bare", {0x00, 0x02, 0, 7, 0, 9, 0xff}, 7, 0, {0x0002, 7, 9, 0, 0, 6, 1}},
		{"L", {0x40, 0x02, 0, 10, 0, 7, 0, 9, 1, 2}, 10, 0, {0x4002, 7, 9, 0, 0, 8, 2}},
		{"L, padding behind",
		 {0x40, 0x02, 0, 9, 0, 7, 0, 9, 1, 2},
		 10,
		 0,
		 {0x4002, 7, 9, 0, 0, 8, 1}},
		{"S",
		 {0x08, 0x02, 0, 7, 0, 9, 1, 2, 3, 4, 5},
		 11,
		 0,
		 {0x0802, 7, 9, 0x102, 0x304, 10, 1}},
		{"O", {0x02, 0x02, 0, 7, 0, 9, 0, 2, 0, 0, 5}, 11, 0, {0x0202, 7, 9, 0, 0, 10, 1}},
		{"L, S, O and P",
		 {0x4b, 0x02, 0, 17, 0, 7, 0, 9, 0, 1, 0, 0, 0, 1, 0xee, 5, 6},
		 17,
		 0,
		 {0x4b02, 7, 9, 1, 0, 15, 2}},
		{"no payload", {0x00, 0x02, 0, 7, 0, 9}, 6, 0, {0x0002, 7, 9, 0, 0, 6, 0}},
		{"control", {0xc8, 0x02, 0, 12, 0, 7, 0, 9, 0, 0, 0, 0}, 12, -EBADMSG, {0}},
		{"version 3", {0x00, 0x03, 0, 7, 0, 9, 0xff}, 7, -EBADMSG, {0}},
		{"L longer than the packet",
		 {0x40, 0x02, 0, 11, 0, 7, 0, 9, 1, 2},
		 10,
		 -EBADMSG,
		 {0}},
		{"L shorter than the header",
		 {0x40, 0x02, 0, 7, 0, 7, 0, 9, 1, 2},
		 10,
		 -EBADMSG,
		 {0}},
		{"L without bytes", {0x40, 0x02, 0, 0, 0, 7, 0, 9}, 8, -EBADMSG, {0}},
		{"O behind the end", {0x02, 0x02, 0, 7, 0, 9, 0, 2, 0}, 9, -EBADMSG, {0}},
		{"O behind L", {0x42, 0x02, 0, 10, 0, 7, 0, 9, 0, 1, 5}, 11, -EBADMSG, {0}},
		{"short", {0x00, 0x02, 0, 7, 0}, 5, -EBADMSG, {0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct l2tp_data got;
		int err = l2tp_data_parse(cases[i].bytes, cases[i].len, &got);

		if (err != cases[i].err)
			fail_msg("%s: %d", cases[i].name, err);
		if (!err && memcmp(&got, &cases[i].want, sizeof(got)))
			fail_msg("%s: payload %zu+%zu", cases[i].name, got.payload,
				 got.payload_len);
		/* Every cut of a sound packet is either refused or stays inside. */
		for (size_t len = 0; len < cases[i].len; len++)
			if (!l2tp_data_parse(cases[i].bytes, len, &got))
				assert_true(got.payload + got.payload_len <= len);
	}
}

static void test_data_header(void **state)
{
	static const uint8_t both[] = {0x48, 0x02, 0,	 112,  0x12, 0x34,
				       0x56, 0x78, 0xff, 0xfe, 0,    0};
	static const uint8_t bare[] = {0x00, 0x02, 0x12, 0x34, 0x56, 0x78};
	uint8_t buf[L2TP_DATA_HDR_MAX];

	(void)state;
	assert_int_equal(l2tp_data_header(buf, sizeof(buf), L2TP_L | L2TP_S, 0x1234, 0x5678, 0xfffe,
					  100),
			 12);
	assert_memory_equal(buf, both, sizeof(both));
	assert_int_equal(l2tp_data_header(buf, sizeof(buf), 0, 0x1234, 0x5678, 0xfffe, 100), 6);
	assert_memory_equal(buf, bare, sizeof(bare));
	assert_int_equal(l2tp_data_header(buf, 5, 0, 1, 1, 0, 1), 0);
	assert_int_equal(l2tp_data_header(buf, sizeof(buf), L2TP_L, 1, 1, 0, 65535 - 8), 8);
	assert_int_equal(l2tp_data_header(buf, sizeof(buf), L2TP_L, 1, 1, 0, 65535 - 7), 0);
	assert_true(l2tp_is_control((const uint8_t[]){0xc8}, 1));
	assert_false(l2tp_is_control(bare, sizeof(bare)));
	assert_false(l2tp_is_control(both, 0));
}

static const uint8_t rv[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
			       0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};
#define SECRET "clydes dale"

/* The bytes were computed apart from this code, step by step as RFC 2661 4.3 has it. */
static void test_hiding(void **state)
{
	static const uint8_t short_value[] = {0x12, 0x34},
			     hidden_short[] = {0x72, 0x2e, 0x96, 0x79};
	static const uint8_t hidden_long[] = {0x93, 0x17, 0x28, 0xa6, 0x89, 0x3e, 0x9d, 0x70, 0x1d,
					      0xcf, 0xa6, 0x2c, 0x29, 0x56, 0x4f, 0x12, 0x57, 0xab,
					      0x61, 0x7e, 0xb6, 0x5e, 0x8e, 0x5b, 0xb6, 0xe5, 0xbb,
					      0x3e, 0xb4, 0xfd, 0x8d, 0xde, 0x23, 0x9f};
	static const char number[] = "+44 1234 567890 extension 1\xaa\xaa\xaa\xaa\xaa";
	const struct l2tp_vector v = {rv, sizeof(rv)};
	uint8_t out[64];

	(void)state;
	l2tp_hide(AVP_ASSIGNED_SESSION_ID, SECRET, v, short_value, 2, 0, out);
	assert_memory_equal(out, hidden_short, sizeof(hidden_short));
	l2tp_hide(AVP_CALLING_NUMBER, SECRET, v, (const uint8_t *)number, 27, 5, out);
	assert_memory_equal(out, hidden_long, sizeof(hidden_long));

	assert_int_equal(l2tp_reveal(AVP_ASSIGNED_SESSION_ID, SECRET, v, hidden_short, 4, out), 2);
	assert_memory_equal(out + 2, short_value, 2);
	assert_int_equal(l2tp_reveal(AVP_CALLING_NUMBER, SECRET, v, hidden_long,
				     sizeof(hidden_long), out),
			 27);
	assert_memory_equal(out + 2, number, 27);
	/* Another secret, or another attribute, makes a length that does not fit. */
	assert_int_equal(l2tp_reveal(AVP_ASSIGNED_SESSION_ID, "other", v, hidden_short, 4, out),
			 -EBADMSG);
	assert_int_equal(l2tp_reveal(AVP_CALLING_NUMBER, SECRET, v, hidden_short, 4, out),
			 -EBADMSG);
	assert_int_equal(l2tp_reveal(AVP_CALLING_NUMBER, SECRET, v, hidden_short, 1, out),
			 -EBADMSG);
}

/* Every length around the 16 byte blocks, there and back. */
static void test_hiding_round_trip(void **state)
{
	const struct l2tp_vector v = {rv, 3};
	uint8_t value[80], hidden[82], out[82];

	(void)state;
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i * 37);
	for (size_t len = 0; len <= 64; len++) {
		for (size_t pad = 0; pad <= 16; pad += 8) {
			l2tp_hide(AVP_PROXY_AUTHEN_RESPONSE, "", v, value, len, pad, hidden);
			assert_int_equal(l2tp_reveal(AVP_PROXY_AUTHEN_RESPONSE, "", v, hidden,
						     2 + len + pad, out),
					 len);
			assert_memory_equal(out + 2, value, len);
		}
	}
}

static void test_response(void **state)
{
	static const uint8_t challenge[16] = {1, 2,  3,	 4,  5,	 6,  7,	 8,
					      9, 10, 11, 12, 13, 14, 15, 16};
	static const uint8_t want[16] = {0xe6, 0xc3, 0x47, 0x05, 0x27, 0x5a, 0x15, 0x56,
					 0xeb, 0x8d, 0x50, 0xa2, 0x61, 0xe9, 0x8f, 0x4c};
	uint8_t got[16];

	(void)state;
	l2tp_response(L2TP_SCCRP, SECRET, challenge, sizeof(challenge), got);
	assert_true(l2tp_response_eq(got, want));
	l2tp_response(L2TP_SCCCN, SECRET, challenge, sizeof(challenge), got);
	assert_false(l2tp_response_eq(got, want));
}

/* clang-format off */
static const uint8_t sccrq[] = {
	0xc8, 0x02, 0x00, 0x5a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,			/* Message Type 1 */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00,			/* Protocol Version 1.0 */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x03,	/* Framing Capabilities A+S */
	0x80, 0x09, 0x00, 0x00, 0x00, 0x07, 'l', 'a', 'c',		/* Host Name */
	0x00, 0x08, 0x00, 0x00, 0x00, 0x06, 0x00, 0x01,			/* Firmware Revision 1 */
	0x00, 0x09, 0x00, 0x00, 0x00, 0x08, 'l', '2', 'x',		/* Vendor Name */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x09, 0x12, 0x67,			/* Assigned Tunnel ID */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x10,			/* Receive Window Size 16 */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x0b, 0xc0, 0xff, 0xee, 0x11,	/* Challenge */
};
/* clang-format on */
_Static_assert(sizeof(sccrq) == 0x5a, "sccrq");

static void fix_length(uint8_t *msg, size_t len)
{
	msg[2] = (uint8_t)(len >> 8);
	msg[3] = (uint8_t)len;
}

static void test_parse_sccrq(void **state)
{
	struct l2tp_message m;
	char name[8];

	(void)state;
	assert_int_equal(l2tp_message_parse(&m, sccrq, sizeof(sccrq), ""), 0);
	assert_int_equal(m.problem.error, 0);
	assert_int_equal(m.type, L2TP_SCCRQ);
	assert_int_equal(l2tp_get_u16(&m, AVP_PROTOCOL_VERSION), 0x0100);
	assert_int_equal(l2tp_get_u32(&m, AVP_FRAMING_CAPABILITIES), 3);
	assert_int_equal(l2tp_get_u16(&m, AVP_ASSIGNED_TUNNEL_ID), 0x1267);
	assert_int_equal(l2tp_get_u16(&m, AVP_RECEIVE_WINDOW_SIZE), 16);
	assert_int_equal(m.avp[AVP_CHALLENGE].len, 4);
	l2tp_get_text(&m, AVP_HOST_NAME, name, sizeof(name));
	assert_string_equal(name, "lac");
	assert_false(l2tp_has(&m, AVP_BEARER_CAPABILITIES));
	assert_int_equal(l2tp_get_u32(&m, AVP_BEARER_CAPABILITIES), 0);
}

/* The same bytes come out of the writer. */
static void test_write_sccrq(void **state)
{
	uint8_t msg[128];
	struct wbuf b = wbuf_of(msg, sizeof(msg));

	(void)state;
	l2tp_write_begin(&b, 0, 0, L2TP_SCCRQ);
	l2tp_write_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
	l2tp_write_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
	l2tp_write_text(&b, AVP_HOST_NAME, "lac");
	l2tp_write_u16(&b, AVP_FIRMWARE_REVISION, 1);
	l2tp_write_text(&b, AVP_VENDOR_NAME, "l2x");
	l2tp_write_u16(&b, AVP_ASSIGNED_TUNNEL_ID, 0x1267);
	l2tp_write_u16(&b, AVP_RECEIVE_WINDOW_SIZE, 16);
	l2tp_write_bytes(&b, AVP_CHALLENGE, "\xc0\xff\xee\x11", 4);
	assert_int_equal(l2tp_write_end(&b), sizeof(sccrq));
	assert_memory_equal(msg, sccrq, sizeof(sccrq));
	/* What does not fit is no message. */
	b = wbuf_of(msg, 20);
	l2tp_write_begin(&b, 0, 0, L2TP_SCCRQ);
	l2tp_write_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
	assert_int_equal(l2tp_write_end(&b), 0);
}

static void test_header(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[14];
		size_t len;
		int err;
	} cases[] = {
		{"ZLB", {0xc8, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, 0},
		{"reserved bits and P", {0xfd, 0xf2, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, 0},
		{"padding behind", {0xc8, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4, 9, 9}, 14, 0},
		{"L2TPv3", {0xc8, 0x03, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"no S", {0xc0, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"no L", {0x88, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"O", {0xca, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"data", {0x48, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"length too long", {0xc8, 0x02, 0, 13, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"length too short", {0xc8, 0x02, 0, 11, 0, 1, 0, 2, 0, 3, 0, 4}, 12, -EBADMSG},
		{"cut", {0xc8, 0x02, 0, 12, 0, 1, 0, 2, 0, 3, 0}, 11, -EBADMSG},
		{"empty", {0}, 0, -EBADMSG},
	};
	struct l2tp_header h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (l2tp_header_parse(cases[i].bytes, cases[i].len, &h) != cases[i].err)
			fail_msg("%s", cases[i].name);
	assert_int_equal(l2tp_header_parse(cases[0].bytes, 12, &h), 0);
	assert_true(l2tp_is_zlb(&h));
	assert_int_equal(h.tunnel_id, 1);
	assert_int_equal(h.session_id, 2);
	assert_int_equal(h.ns, 3);
	assert_int_equal(h.nr, 4);
}

/* A HELLO, or another type, with one AVP of bytes behind: what is wrong with it? */
static uint16_t error_of(uint8_t type, const uint8_t *avp, size_t len)
{
	uint8_t msg[128] = {0xc8, 0x02, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, type};
	struct l2tp_message m;

	if (len)
		memcpy(msg + 20, avp, len);
	fix_length(msg, 20 + len);
	assert_int_equal(l2tp_message_parse(&m, msg, 20 + len, "x"), 0);
	return m.problem.error;
}

#define ERROR_OF(type, ...) \
	error_of(type, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_problems(void **state)
{
	(void)state;
	assert_int_equal(error_of(L2TP_HELLO, NULL, 0), 0);
	/* RFC 2661 4.1: unknown with M, without, of a vendor, with reserved bits */
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 7, 0, 0, 0, 99, 1), 8);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x00, 7, 0, 0, 0, 99, 1), 0);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 7, 0, 9, 0, 7, 'x'), 8);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x00, 7, 0, 9, 0, 7, 'x'), 0);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x84, 7, 0, 0, 0, 7, 'x'), 8);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x04, 7, 0, 0, 0, 7, 'x'), 0);
	/* wrong lengths of values: with M, without */
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 7, 0, 0, 0, 9, 1), 2);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x00, 8, 0, 0, 0, 38, 1, 1), 0);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 7, 0, 0, 0, 13, 1), 2);
	/* ids and windows of 0 */
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 8, 0, 0, 0, 9, 0, 0), 3);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 8, 0, 0, 0, 10, 0, 0), 3);
	/* AVPs that do not fit */
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 5, 0, 0, 0, 9), 2);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 8, 0, 0, 0, 9, 1), 2);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x80, 8, 0), 2);
	/* hidden: without a Random Vector, and where it must not be */
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0xc0, 10, 0, 0, 0, 9, 1, 2, 3, 4), 3);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0x40, 10, 0, 0, 0, 6, 1, 2, 3, 4), 0);
	assert_int_equal(ERROR_OF(L2TP_HELLO, 0xc0, 10, 0, 0, 0, 7, 1, 2, 3, 4), 3);
	/* required AVPs */
	assert_int_equal(error_of(L2TP_SCCRQ, NULL, 0), 3);
	assert_int_equal(error_of(L2TP_ICRP, NULL, 0), 3);
	assert_int_equal(ERROR_OF(L2TP_ICRP, 0x80, 8, 0, 0, 0, 14, 0, 1), 0);
	/* an AVP that belongs to another message does no harm */
	assert_int_equal(ERROR_OF(L2TP_SCCCN, 0x80, 7, 0, 0, 0, 7, 'x'), 0);
	/* a Host Name may be empty, a Result Code go without an error */
	assert_int_equal(ERROR_OF(L2TP_SCCCN, 0x80, 6, 0, 0, 0, 7), 0);
	assert_int_equal(ERROR_OF(L2TP_CDN, 0x80, 8, 0, 0, 0, 1, 0, 1, 0x80, 8, 0, 0, 0, 14, 0, 1),
			 0);
}

static void test_first_avp(void **state)
{
	uint8_t msg[] = {0xc8, 0x02, 0, 28, 0, 1, 0,	0, 0, 0, 0, 0, 0x80, 8,
			 0,    0,    0, 0,  0, 6, 0x80, 8, 0, 0, 0, 9, 0,    1};
	struct l2tp_message m;

	(void)state;
	assert_int_equal(l2tp_message_parse(&m, msg, sizeof(msg), ""), 0);
	assert_int_equal(m.type, L2TP_HELLO);
	/* a type that nobody knows, mandatory and not */
	msg[19] = 99;
	assert_int_equal(l2tp_message_parse(&m, msg, sizeof(msg), ""), 0);
	assert_int_equal(m.type, 0);
	assert_true(m.type_mandatory);
	assert_int_equal(m.problem.error, 0);
	msg[12] = 0;
	assert_int_equal(l2tp_message_parse(&m, msg, sizeof(msg), ""), 0);
	assert_false(m.type_mandatory);
	/* a message that starts with something else */
	msg[17] = 9;
	assert_int_equal(l2tp_message_parse(&m, msg, sizeof(msg), ""), 0);
	assert_int_equal(m.type, 0);
	assert_int_equal(m.problem.error, 3);
}

/* ICRP with its Assigned Session ID hidden: known secret, none yet, wrong one. */
static void test_hidden_avp(void **state)
{
	uint8_t msg[128], hidden[9];
	struct wbuf b = wbuf_of(msg, sizeof(msg));
	struct l2tp_message m;
	size_t len;

	(void)state;
	l2tp_hide(AVP_ASSIGNED_SESSION_ID, SECRET, (struct l2tp_vector){rv, 16},
		  (const uint8_t *)"\x12\x34pad..", 2, 5, hidden);
	l2tp_write_begin(&b, 1, 2, L2TP_ICRP);
	l2tp_write_bytes(&b, AVP_RANDOM_VECTOR, "an older one, for nothing", 25);
	l2tp_write_bytes(&b, AVP_RANDOM_VECTOR, rv, sizeof(rv));
	l2tp_write_bytes(&b, AVP_ASSIGNED_SESSION_ID, hidden, sizeof(hidden));
	len = l2tp_write_end(&b);
	msg[len - sizeof(hidden) - 6] |= 0x40;

	assert_int_equal(l2tp_message_parse(&m, msg, len, SECRET), 0);
	assert_int_equal(m.problem.error, 0);
	assert_int_equal(l2tp_get_u16(&m, AVP_ASSIGNED_SESSION_ID), 0x1234);
	assert_int_equal(l2tp_message_parse(&m, msg, len, NULL), 0);
	assert_int_equal(m.problem.error, 0);
	assert_false(l2tp_has(&m, AVP_ASSIGNED_SESSION_ID));
	assert_int_equal(l2tp_get_u16(&m, AVP_ASSIGNED_SESSION_ID), 0);
	assert_int_equal(l2tp_message_parse(&m, msg, len, "wrong"), 0);
	assert_int_equal(m.problem.error, 3);
}

/*
 * Every cut and every single flipped bit of a message is read without harm (under ASan: without a
 * stray byte).
 */
static void test_mutations(void **state)
{
	uint8_t msg[sizeof(sccrq)];
	struct l2tp_message m;
	char text[512];

	(void)state;
	for (size_t len = 12; len <= sizeof(msg); len++) {
		memcpy(msg, sccrq, sizeof(msg));
		fix_length(msg, len);
		assert_int_equal(l2tp_message_parse(&m, msg, len, ""), 0);
		l2tp_message_text(msg, len, text, sizeof(text));
	}
	for (size_t bit = 0; bit < 8 * sizeof(msg); bit++) {
		memcpy(msg, sccrq, sizeof(msg));
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		l2tp_message_parse(&m, msg, sizeof(msg), "");
		l2tp_message_text(msg, sizeof(msg), text, sizeof(text));
	}
}

static void test_text(void **state)
{
	uint8_t msg[256];
	struct wbuf b = wbuf_of(msg, sizeof(msg));
	char text[512], little[16];
	size_t len;

	(void)state;
	assert_string_equal(l2tp_message_text(sccrq, sizeof(sccrq), text, sizeof(text)),
			    "SCCRQ tunnel 0 session 0 Ns 0 Nr 0: Protocol Version 1.0, Framing "
			    "Capabilities sync+async, "
			    "Host Name \"lac\", Firmware Revision 1, Vendor Name \"l2x\", Assigned "
			    "Tunnel ID 4711, "
			    "Receive Window Size 16, Challenge (4 bytes)");
	l2tp_write_begin(&b, 7, 9, L2TP_CDN);
	l2tp_write_result(&b, 2, 8, "AVP 99");
	l2tp_write_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	l2tp_write_bytes(&b, AVP_CALLED_NUMBER, "a\033[0m", 5);
	wbuf_bytes(&b, "\x00\x08\x00\x09\x00\x63zz", 8);
	wbuf_bytes(&b, "\xc0\x08\x00\x00\x00\x0ezz", 8);
	len = l2tp_write_end(&b);
	assert_string_equal(l2tp_message_text(msg, len, text, sizeof(text)),
			    "CDN tunnel 7 session 9 Ns 0 Nr 0: Result Code 2 error 8 \"AVP 99\", "
			    "Assigned Session ID 5, "
			    "Called Number \"a?[0m\", unknown AVP 99 of vendor 9 (2 bytes), "
			    "Assigned Session ID (hidden)");
	assert_string_equal(l2tp_message_text(msg, len, little, sizeof(little)), "CDN tunnel 7 se");
	assert_string_equal(l2tp_message_text(msg, 3, text, sizeof(text)),
			    "malformed message (3 bytes)");
}

/* docs/sets.md: both forms, and what looks like the extended one but is not. */
static void test_numbers(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[32];
		size_t len;
		bool numbered;
		struct l2x_number number;
	} cases[] = {
		{"no number", {0, 2, 0, 1, 0, 2}, 6, false, {0, 0, false}},
		{"plain", {8, 2, 0, 1, 0, 2, 0xfe, 0xdc, 0, 0}, 10, true, {0xfedc, 0, false}},
		{"plain with length",
		 {0x48, 2, 0, 12, 0, 1, 0, 2, 0, 7, 0, 0},
		 12,
		 true,
		 {7, 0, false}},
		{"extended",
		 {0x0a, 2,   0,	  1,   0,    2,	   0xbc, 0xde, 0,    0,	   0,	 12,
		  'L',	'2', 'X', '1', 0xab, 0xcd, 0x12, 0x34, 0x56, 0x78, 0xbc, 0xde},
		 24,
		 true,
		 {0x12345678bcde, 0xabcd, true}},
		{"another magic number",
		 {0x0a, 2,   0,	  1,   0,    2,	   0xbc, 0xde, 0,    0,	   0,	 12,
		  'L',	'2', 'X', '2', 0xab, 0xcd, 0x12, 0x34, 0x56, 0x78, 0xbc, 0xde},
		 24,
		 true,
		 {0xbcde, 0, false}},
		{"a pad that is too short",
		 {0x0a, 2,   0,	  1,   0,    2,	   0,	 9,    0,    0,	   0,	 11,
		  'L',	'2', 'X', '1', 0xab, 0xcd, 0x12, 0x34, 0x56, 0x78, 0xbc, 0xde},
		 24,
		 true,
		 {9, 0, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct l2tp_data data;
		struct l2x_number n;
		uint8_t buf[L2TP_DATA_SET_HDR_MAX];

		assert_int_equal(l2tp_data_parse(cases[i].bytes, cases[i].len, &data), 0);
		if (l2tp_data_number(cases[i].bytes, &data, &n) != cases[i].numbered ||
		    n.number != cases[i].number.number || n.epoch != cases[i].number.epoch ||
		    n.extended != cases[i].number.extended)
			fail_msg("%s", cases[i].what);
		if (i != 1 && i != 3)
			continue;
		assert_int_equal(l2tp_data_set_header(buf, sizeof(buf), 1, 2, &n), cases[i].len);
		assert_memory_equal(buf, cases[i].bytes, cases[i].len);
		assert_int_equal(l2tp_data_set_header(buf, cases[i].len - 1, 1, 2, &n), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_data_parse),
		cmocka_unit_test(test_data_header),
		cmocka_unit_test(test_hiding),
		cmocka_unit_test(test_hiding_round_trip),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_parse_sccrq),
		cmocka_unit_test(test_write_sccrq),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_first_avp),
		cmocka_unit_test(test_hidden_avp),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
