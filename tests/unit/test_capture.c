// SPDX-License-Identifier: GPL-2.0-only
/* The forms of captured packets, byte for byte; wire/capture.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "wire/capture.h"
#include "wire/ipv6_packet.h"

#define ETH "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
/* 192.0.2.1:1701 to 192.0.2.2:1702 */
#define IP4(len) "\x45\0\0" len "\0\0\0\0\x40\x11\xf6\xbf\xc0\0\x02\x01\xc0\0\x02\x02"
#define UDP(len) "\x06\xa5\x06\xa6\0" len "\0\0"
/* L2TP without options, ids 1 and 2, and LCP Terminate-Ack, 4 bytes, with FF03 */
#define MESSAGE "\0\x02\0\x01\0\x02\xff\x03\xc0\x21\x06\x07\0\x04"

static const struct l2x_session_key session = {.tunnel_id = 0x1234, .session_id = 0x5678};

static struct capture_bytes whole(const void *p, size_t len)
{
	return (struct capture_bytes){.p = p, .cap = len, .len = len};
}

static void parses(const struct capture_bytes *frame, size_t header)
{
	struct capture_outer outer;
	struct endpoint from = {.port = 1701}, to = {.port = 1702};

	assert_int_equal(ip_addr_parse(&from.ip, "192.0.2.1"), 0);
	assert_int_equal(ip_addr_parse(&to.ip, "192.0.2.2"), 0);
	assert_int_equal(capture_outer_parse(frame, &outer), 0);
	assert_true(endpoint_eq(&outer.from, &from) && endpoint_eq(&outer.to, &to));
	assert_ptr_equal(outer.packet.p, frame->p + header);
	assert_int_equal(outer.packet.len, 42);
	assert_int_equal(outer.message.len, 14);
	assert_memory_equal(outer.message.p, MESSAGE, outer.message.cap);
}

/* Padding of the link is none of the packet's; tags are passed over. */
static void test_outer(void **state)
{
	static const char plain[] = ETH "\x08\0" IP4("\x2a") UDP("\x16") MESSAGE "padding";
	static const char tagged[] =
		ETH "\x88\xa8\0\x01\x81\0\0\x02\x08\0" IP4("\x2a") UDP("\x16") MESSAGE;
	struct capture_bytes frame = whole(plain, sizeof(plain) - 1);

	(void)state;
	parses(&frame, 14);
	frame = whole(tagged, sizeof(tagged) - 1);
	parses(&frame, 22);
	/* Only its beginning is there. */
	frame.cap -= 4;
	parses(&frame, 22);
}

static void refuses(const char *frame, size_t len, size_t at, char value)
{
	char copy[128];
	struct capture_bytes bytes = whole(copy, len);
	struct capture_outer outer;

	memcpy(copy, frame, len);
	copy[at] = value;
	assert_int_equal(capture_outer_parse(&bytes, &outer), -EBADMSG);
}

static void test_no_outer(void **state)
{
	static const char frame[] = ETH "\x08\0" IP4("\x2a") UDP("\x16") MESSAGE;
	const size_t len = sizeof(frame) - 1;
	struct capture_outer outer;

	(void)state;
	refuses(frame, len, 13, 6);    /* ARP */
	refuses(frame, len, 14, 0x46); /* options */
	refuses(frame, len, 20, 0x20); /* a fragment */
	refuses(frame, len, 23, 6);    /* TCP */
	refuses(frame, len, 39, 7);    /* a length shorter than UDP's header */
	refuses(frame, len, 39, 0x7f); /* longer than the packet */
	for (size_t cut = 0; cut < 14 + 20 + 8; cut++) {
		struct capture_bytes bytes = {.p = (const uint8_t *)frame, .cap = cut, .len = len};

		assert_int_equal(capture_outer_parse(&bytes, &outer), -EBADMSG);
	}
}

static void test_wrapper4(void **state)
{
	static const char want[] = IP4("\x2a") UDP("\x16");
	struct capture_bytes message = whole(MESSAGE, sizeof(MESSAGE) - 1);
	struct endpoint from = {.port = 1701}, to = {.port = 1702};
	uint8_t buf[CAPTURE_HEADER_MAX];
	struct wbuf b = wbuf_of(buf, sizeof(buf));

	(void)state;
	assert_int_equal(ip_addr_parse(&from.ip, "192.0.2.1"), 0);
	assert_int_equal(ip_addr_parse(&to.ip, "192.0.2.2"), 0);
	capture_put_wrapper(&b, &from, &to, &message);
	assert_int_equal(wbuf_len(&b), sizeof(want) - 1);
	assert_memory_equal(buf, want, sizeof(want) - 1);
}

/* As another part of this program sees it: with a checksum that is right. */
static void test_wrapper6(void **state)
{
	struct capture_bytes message = whole(MESSAGE, sizeof(MESSAGE) - 1);
	struct endpoint from = {.port = 1701}, to = {.port = 1702};
	uint8_t buf[CAPTURE_HEADER_MAX + sizeof(MESSAGE)];
	struct wbuf b = wbuf_of(buf, sizeof(buf));
	struct ipv6_packet parsed;
	struct rbuf data;
	uint16_t source, destination;

	(void)state;
	assert_int_equal(ip_addr_parse(&from.ip, "2001:db8::1"), 0);
	assert_int_equal(ip_addr_parse(&to.ip, "2001:db8::2"), 0);
	capture_put_wrapper(&b, &from, &to, &message);
	assert_int_equal(wbuf_len(&b), CAPTURE_HEADER_MAX);
	wbuf_bytes(&b, message.p, message.len);
	assert_int_equal(ipv6_packet_parse(&parsed, buf, wbuf_len(&b)), 0);
	assert_true(ipv6_checksum_ok(&parsed));
	assert_int_equal(ipv6_udp_parse(&parsed, &source, &destination, &data), 0);
	assert_int_equal(source, 1701);
	assert_int_equal(destination, 1702);
	assert_int_equal(rbuf_left(&data), message.len);
}

static void content_is(const char *message, size_t len, bool sent, const char *want,
		       size_t want_len)
{
	struct capture_bytes bytes = whole(message, len), content;
	uint8_t buf[CAPTURE_HEADER_MAX + 64];
	struct wbuf b = wbuf_of(buf, sizeof(buf));

	assert_int_equal(capture_put_content(&b, sent, session, &bytes, &content), 0);
	assert_int_equal(content.len, content.cap);
	wbuf_bytes(&b, content.p, content.cap);
	assert_int_equal(wbuf_len(&b), want_len);
	assert_memory_equal(buf, want, want_len);
}

#define COOKED(direction, type) "\0" direction "\x02\0\0\x06\x02\0\x12\x34\x56\x78\0\0" type
#define PPPOE			"\x11\0\x56\x78\0\x06\xc0\x21\x06\x07\0\x04"

static void test_content(void **state)
{
	static const char ip[] = "\0\x02\0\x01\0\x02\xff\x03\0\x21\x45";
	/* L, S and O; no FF03, and a protocol of one byte */
	static const char short6[] = "\x4a\x02\0\x12\0\x01\0\x02\0\0\0\0\0\x01"
				     "\xee\x57\x60\x61";
	static const char control[] = COOKED("\x04", "\x88\x64") PPPOE;
	static const char v4[] = COOKED("\0", "\x08\0") "\x45";
	static const char v6[] = COOKED("\0", "\x86\xdd") "\x60\x61";

	(void)state;
	content_is(MESSAGE, sizeof(MESSAGE) - 1, true, control, sizeof(control) - 1);
	content_is(ip, sizeof(ip) - 1, false, v4, sizeof(v4) - 1);
	content_is(short6, sizeof(short6) - 1, false, v6, sizeof(v6) - 1);
}

/* A control message, and a data message of which nothing is left. */
static void test_no_content(void **state)
{
	struct capture_bytes control = whole("\xc8\x02\0\x0c\0\x01\0\0\0\0\0\0", 12), content;
	struct capture_bytes empty = whole("\0\x02\0\x01\0\x02", 6);
	uint8_t buf[CAPTURE_HEADER_MAX];
	struct wbuf b = wbuf_of(buf, sizeof(buf));

	(void)state;
	assert_int_equal(capture_put_content(&b, false, session, &control, &content), -EBADMSG);
	assert_int_equal(capture_put_content(&b, false, session, &empty, &content), -EBADMSG);
	assert_int_equal(wbuf_len(&b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outer),	 cmocka_unit_test(test_no_outer),
		cmocka_unit_test(test_wrapper4), cmocka_unit_test(test_wrapper6),
		cmocka_unit_test(test_content),	 cmocka_unit_test(test_no_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
