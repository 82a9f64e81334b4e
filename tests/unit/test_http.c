// SPDX-License-Identifier: GPL-2.0-only
/* What a client of the HTTP port says: requests good and bad, queries, and who is let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "api/http.h"

#define TOKEN "0123456789abcdef"

static char text[HTTP_REQUEST_MAX];

static int parse(const char *request, struct http_request *r)
{
	snprintf(text, sizeof(text), "%s", request);
	return http_parse(text, strlen(text), r);
}

static void requests(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"GET / HTTP/1.1\r\n\r\n", 0},
		{"HEAD /a?b HTTP/1.0\r\nHost: x\r\n\r\n", 0},
		{"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 0},
		{"GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", 413},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413},
		{"POST / HTTP/1.1\r\n\r\n", 405},
		{"get / HTTP/1.1\r\n\r\n", 405},
		{"GET / HTTP/2.0\r\n\r\n", 505},
		{"GET /\r\n\r\n", 400},
		{"GET  / HTTP/1.1\r\n\r\n", 505},
		{"GET http://x/ HTTP/1.1\r\n\r\n", 400},
		{"GET /\x01 HTTP/1.1\r\n\r\n", 400},
		{"GET /\xff HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n: no name\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nAuthorization: a\r\nauthorization: b\r\n\r\n", 400},
		{"\r\n\r\n", 400},
		{"", 400},
	};
	struct http_request r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(parse(cases[i].text, &r), cases[i].status);
	assert_int_equal(http_parse((char[]){'G', 0, '\r', '\n', 0}, 4, &r), 400);
	assert_int_equal(parse("HEAD /a/b?c=d HTTP/1.1\r\nhost:\t x y \r\n\r\n", &r), 0);
	assert_true(r.head);
	assert_string_equal(r.path, "/a/b");
	assert_string_equal(r.query, "c=d");
	assert_string_equal(r.host, "x y");
	assert_null(r.authorization);
}

static void queries(void **state)
{
	struct http_request r = {.query = "line=customers%2Falice%40example.net&hours=6&empty="};
	char value[64], small[5];

	(void)state;
	assert_true(http_query(&r, "line", value, sizeof(value)));
	assert_string_equal(value, "customers/alice@example.net");
	assert_true(http_query(&r, "line", small, sizeof(small)));
	assert_string_equal(small, "cust");
	assert_true(http_query(&r, "hours", value, sizeof(value)));
	assert_string_equal(value, "6");
	assert_false(http_query(&r, "nothing", value, sizeof(value)));
	r.query = NULL;
	assert_false(http_query(&r, "line", value, sizeof(value)));
}

static bool allowed(const char *host, const char *authorization, const char *token)
{
	struct http_request r = {.host = host, .authorization = authorization};

	return http_allowed(&r, token);
}

static void who_is_let_in(void **state)
{
	(void)state;
	assert_true(allowed("127.0.0.1:9171", NULL, NULL));
	assert_true(allowed("localhost", NULL, NULL));
	assert_true(allowed("[::1]:9171", NULL, NULL));
	assert_false(allowed(NULL, NULL, NULL));
	assert_false(allowed("", NULL, NULL));
	assert_false(allowed("evil.example.net:9171", NULL, NULL));
	assert_false(allowed("127.0.0.1.example.net", NULL, NULL));
	assert_false(allowed("[::1", NULL, NULL));

	assert_true(allowed(NULL, "Bearer " TOKEN, TOKEN));
	assert_true(allowed("example.net", "bearer " TOKEN, TOKEN));
	assert_false(allowed("127.0.0.1", NULL, TOKEN));
	assert_false(allowed(NULL, TOKEN, TOKEN));
	assert_false(allowed(NULL, "Bearer " TOKEN "0", TOKEN));
	assert_false(allowed(NULL, "Bearer 0123456789abcde", TOKEN));
	assert_false(allowed(NULL, "Bearer ", TOKEN));
	/* anybody:0123456789abcdef, :0123456789abcdef, 0123456789abcdef, anybody:0123456789abcde */
	assert_true(allowed(NULL, "Basic YW55Ym9keTowMTIzNDU2Nzg5YWJjZGVm", TOKEN));
	assert_true(allowed(NULL, "Basic OjAxMjM0NTY3ODlhYmNkZWY=", TOKEN));
	assert_false(allowed(NULL, "Basic MDEyMzQ1Njc4OWFiY2RlZg==", TOKEN));
	assert_false(allowed(NULL, "Basic YW55Ym9keTowMTIzNDU2Nzg5YWJjZGU=", TOKEN));
	assert_false(allowed(NULL, "Basic OjAxMjM0NTY3ODlhYmNkZWY", TOKEN));
	assert_false(allowed(NULL, "Basic ***", TOKEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(queries),
		cmocka_unit_test(who_is_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
