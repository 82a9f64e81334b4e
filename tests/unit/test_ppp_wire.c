// SPDX-License-Identifier: GPL-2.0-only
/* The PPP codec: frame headers in every form, packets and options cut at every length, and the
 * texts of the debug log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "wire/ppp_packet.h"
#include "wire/ppp_text.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void frame_headers(void **state)
{
	const struct {
		const uint8_t *frame;
		size_t len;
		int protocol;
		size_t header;
	} cases[] = {
		{BYTES(0xc0, 0x21, 1), 0xc021, 2},
		{BYTES(0xff, 0x03, 0xc0, 0x21, 1), 0xc021, 4},
		{BYTES(0x00, 0x21, 0x45), 0x0021, 2},
		{BYTES(0x21, 0x45), 0x0021, 1},
		{BYTES(0xff, 0x03, 0x00, 0x57), 0x0057, 4},
		{BYTES(0xff, 0x03, 0x57, 0x60), 0x0057, 3},
		{BYTES(0x21), 0x0021, 1},
		{BYTES(0x80, 0x21), 0x8021, 2},
		{BYTES(0x00, 0xfd), 0x00fd, 2},
		{BYTES(0xfd), 0x00fd, 1},
		/* Bytes that are no PPP frame. */
		{BYTES(0xff), -EBADMSG, 0},
		{BYTES(0xff, 0x03), -EBADMSG, 0},
		{BYTES(0xff, 0x03, 0xc0), -EBADMSG, 0},
		{BYTES(0xff, 0x04, 0xc0, 0x21), -EBADMSG, 0},
		{BYTES(0xc0), -EBADMSG, 0},
		{BYTES(0x00), -EBADMSG, 0},
		{BYTES(0xc0, 0x20), -EBADMSG, 0},
		{BYTES(0x00, 0x00), -EBADMSG, 0},
		{BYTES(0x00, 0xff, 0x01), -EBADMSG, 0},
	};
	size_t header;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		header = 99;
		assert_int_equal(ppp_frame_parse(cases[i].frame, cases[i].len, &header),
				 cases[i].protocol);
		if (cases[i].protocol >= 0)
			assert_int_equal(header, cases[i].header);
	}
	assert_int_equal(ppp_frame_parse((const uint8_t *)"", 0, &header), -EBADMSG);
}

static void packets(void **state)
{
	static const uint8_t padded[] = {9, 42, 0, 8, 1, 2, 3, 4, 0, 0, 0};
	struct ppp_packet pk;

	(void)state;
	assert_int_equal(ppp_packet_parse(padded, sizeof(padded), &pk), 0);
	assert_int_equal(pk.code, 9);
	assert_int_equal(pk.id, 42);
	assert_int_equal(pk.len, 4);
	assert_memory_equal(pk.data, "\1\2\3\4", 4);
	for (size_t len = 0; len < sizeof(padded); len++)
		assert_int_equal(ppp_packet_parse(padded, len, &pk), len < 8 ? -EBADMSG : 0);
	assert_int_equal(ppp_packet_parse(BYTES(1, 1, 0, 3, 0), &pk), -EBADMSG);
	assert_int_equal(ppp_packet_parse(BYTES(1, 1, 0, 0, 0), &pk), -EBADMSG);
	assert_int_equal(ppp_packet_parse(BYTES(1, 1, 0, 4), &pk), 0);
	assert_int_equal(pk.len, 0);
}

static void writing(void **state)
{
	static const uint8_t expected[] = {0xc0, 0x21, 1,    7,	   0,	 18,   1, 4, 5,	   0xb4,
					   5,	 6,    0xde, 0xad, 0xbe, 0xef, 3, 4, 0xc0, 0x23};
	uint8_t options[16], frame[32], tight[9];
	struct wbuf o = wbuf_of(options, sizeof(options)), f = wbuf_of(frame, sizeof(frame)),
		    t = wbuf_of(tight, sizeof(tight));

	(void)state;
	ppp_option_put_u16(&o, LCP_OPTION_MRU, 1460);
	ppp_option_put_u32(&o, LCP_OPTION_MAGIC, 0xdeadbeef);
	ppp_option_put_u16(&o, LCP_OPTION_AUTH, PPP_PROTO_PAP);
	ppp_packet_put(&f, PPP_PROTO_LCP, PPP_CONFIGURE_REQUEST, 7, options, wbuf_len(&o));
	assert_int_equal(wbuf_len(&f), sizeof(expected));
	assert_memory_equal(frame, expected, sizeof(expected));
	/* An option is written whole or not at all. */
	ppp_option_put_u32(&t, 5, 1);
	ppp_option_put_u16(&t, 1, 1);
	assert_int_equal(wbuf_len(&t), 6);
	assert_true(t.full);
}

static void options_cut(void **state)
{
	static const uint8_t list[] = {1, 4, 5, 0xb4, 7, 2, 5, 6, 1, 2, 3, 4};
	static const bool whole[] = {true,  false, false, false, true,	false, true,
				     false, false, false, false, false, true};

	(void)state;
	for (size_t len = 0; len <= sizeof(list); len++) {
		uint8_t *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, list, len);
		assert_int_equal(ppp_options_valid(copy, len), whole[len]);
		free(copy);
	}
	assert_false(ppp_options_valid(BYTES(1, 0)));
	assert_false(ppp_options_valid(BYTES(1, 1, 0)));
	assert_false(ppp_options_valid(BYTES(1, 255, 0)));
}

static void texts(void **state)
{
	const struct {
		const uint8_t *frame;
		size_t len;
		const char *text;
	} cases[] = {
		{BYTES(0xc0, 0x21, 1, 1, 0, 23, 1, 4, 5, 0xb4, 5, 6, 1, 2, 3, 4, 3, 5, 0xc2, 0x23,
		       5, 7, 2, 8, 2),
		 "LCP Configure-Request id 1: MRU 1460, magic 0x01020304, auth CHAP MD5, PFC, "
		 "ACFC"},
		{BYTES(0xff, 3, 0xc0, 0x21, 3, 2, 0, 14, 3, 4, 0xc0, 0x23, 2, 6, 0, 0xa, 0, 0),
		 "LCP Configure-Nak id 2: auth PAP, ACCM 0x000a0000"},
		{BYTES(0xc0, 0x21, 4, 3, 0, 9, 3, 5, 0xc2, 0x23, 0x81),
		 "LCP Configure-Reject id 3: auth CHAP MS-CHAPv2"},
		{BYTES(0xc0, 0x21, 1, 3, 0, 9, 99, 5, 1, 2, 3),
		 "LCP Configure-Request id 3: option 99 010203"},
		{BYTES(0xc0, 0x21, 1, 3, 0, 7, 1, 3, 5),
		 "LCP Configure-Request id 3: MRU too short"},
		{BYTES(0xc0, 0x21, 1, 3, 0, 7, 1, 4, 5),
		 "LCP Configure-Request id 3: option cut short"},
		{BYTES(0xc0, 0x21, 2, 9, 0, 4), "LCP Configure-Ack id 9"},
		{BYTES(0xc0, 0x21, 5, 4, 0, 7, 'b', 7, 'e'), "LCP Terminate-Request id 4: \"b?e\""},
		{BYTES(0xc0, 0x21, 7, 5, 0, 8, 12, 1, 0, 4),
		 "LCP Code-Reject id 5: Identification"},
		{BYTES(0xc0, 0x21, 8, 6, 0, 6, 0x80, 0xfd), "LCP Protocol-Reject id 6: CCP"},
		{BYTES(0xc0, 0x21, 8, 6, 0, 6, 0x12, 0x35),
		 "LCP Protocol-Reject id 6: protocol 0x1235"},
		{BYTES(0xc0, 0x21, 9, 7, 0, 10, 0, 0, 0, 1, 8, 9),
		 "LCP Echo-Request id 7: magic 0x00000001, 2 bytes"},
		{BYTES(0xc0, 0x21, 12, 7, 0, 10, 0, 0, 0, 1, 'h', 'i'),
		 "LCP Identification id 7: magic 0x00000001, \"hi\""},
		{BYTES(0xc0, 0x21, 77, 7, 0, 4), "LCP code 77 id 7"},
		{BYTES(0xc0, 0x21, 1, 7, 0, 5), "LCP malformed, 4 bytes"},
		{BYTES(0x80, 0x21, 1, 1, 0, 16, 3, 6, 10, 0, 0, 1, 129, 6, 0, 0, 0, 0),
		 "IPCP Configure-Request id 1: addr 10.0.0.1, dns1 0.0.0.0"},
		{BYTES(0x80, 0x21, 1, 1, 0, 10, 2, 6, 0, 0x2d, 15, 0),
		 "IPCP Configure-Request id 1: compression VJ compressed TCP 0f00"},
		{BYTES(0x80, 0x57, 2, 1, 0, 14, 1, 10, 0, 0, 0, 0, 0, 0, 0xab, 1),
		 "IPV6CP Configure-Ack id 1: interface id 0000:0000:0000:ab01"},
		{BYTES(0xc0, 0x23, 1, 1, 0, 12, 2, 'm', 'e', 4, 's', 'e', 'c', 'r'),
		 "PAP Authenticate-Request id 1: peer-id \"me\", password not shown"},
		{BYTES(0xc0, 0x23, 2, 1, 0, 4), "PAP Authenticate-Ack id 1"},
		{BYTES(0xc0, 0x23, 3, 1, 0, 7, 2, 'n', 'o'), "PAP Authenticate-Nak id 1: \"no\""},
		{BYTES(0xc2, 0x23, 1, 1, 0, 10, 2, 1, 2, 'l', 'n', 's'),
		 "CHAP Challenge id 1: 2 bytes, name \"lns\""},
		{BYTES(0xc2, 0x23, 2, 1, 0, 9, 2, 1, 2, 'm', 'e'),
		 "CHAP Response id 1: 2 bytes not shown, name \"me\""},
		{BYTES(0xc2, 0x23, 3, 1, 0, 6, 'h', 'i'), "CHAP Success id 1: \"hi\""},
		{BYTES(0xc2, 0x23, 3, 1, 0, 51, 'S', '=', '4', '0', '7', 'A', '5', '5', '8', '9',
		       '1', '1', '5', 'F', 'D', '0', 'D', '6', '2', '0', '9', 'F', '5', '1', '0',
		       'F', 'E', '9', 'C', '0', '4', '5', '6', '6', '9', '3', '2', 'C', 'D', 'A',
		       '5', '6', ' ', 'M', '=', 'h', 'i'),
		 "CHAP Success id 1: proof not shown, \" M=hi\""},
		{BYTES(0xc2, 0x23, 1, 1, 0, 5, 9), "CHAP Challenge id 1: cut short"},
		{BYTES(0x80, 0xfd, 1, 1, 0, 4), "CCP Configure-Request id 1"},
		{BYTES(0x21, 0x45, 0), "IPv4, 2 bytes"},
		{BYTES(0xc0), "1 bytes that are no PPP frame"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(ppp_frame_text(text, sizeof(text), cases[i].frame,
						   cases[i].len),
				    cases[i].text);
}

/* A secret in a frame must not be in its text, however the frame is cut. */
static void secrets(void **state)
{
	static const uint8_t pap[] = {0xc0, 0x23, 1,   1,   0,	 17,  2,   'm', 'e', 9,
				      'S',  'E',  'S', 'E', 'S', 'E', 'S', 'E', 'S'};
	uint8_t cut[sizeof(pap)];
	char text[256];

	(void)state;
	for (size_t len = 0; len <= sizeof(pap); len++) {
		for (uint8_t claim = 0; claim < 20; claim++) {
			memcpy(cut, pap, sizeof(pap));
			cut[5] = claim;
			assert_null(strstr(ppp_frame_text(text, sizeof(text), cut, len), "SE"));
			assert_null(strstr(text, "5345"));
		}
	}
}

static void small_buffers(void **state)
{
	static const uint8_t frame[] = {0xc0, 0x21, 1, 1, 0, 8, 1, 4, 5, 0xb4};
	static const char whole[] = "LCP Configure-Request id 1: MRU 1460";
	char text[64];

	(void)state;
	for (size_t size = 1; size < sizeof(text); size++) {
		size_t expected = size - 1 < strlen(whole) ? size - 1 : strlen(whole);

		memset(text, '#', sizeof(text));
		ppp_frame_text(text, size, frame, sizeof(frame));
		assert_int_equal(strlen(text), expected);
		assert_memory_equal(text, whole, expected);
		assert_int_equal(text[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_headers), cmocka_unit_test(packets),
		cmocka_unit_test(writing),	 cmocka_unit_test(options_cut),
		cmocka_unit_test(texts),	 cmocka_unit_test(secrets),
		cmocka_unit_test(small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
