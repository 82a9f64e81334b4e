// SPDX-License-Identifier: GPL-2.0-only
/* A history as SVG: what is drawn where, and that names do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "api/history_svg.h"

#define NOW 1000000000u
#define COLUMNS                                                                              \
	"'seconds': 100, 'columns': ['time', 'up', 'echoes', 'lost', 'rtt_min', 'rtt_avg', " \
	"'rtt_max', 'rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets', 'drops'], 'slots': "

static char *draw(const char *name, const char *slots, unsigned hours)
{
	char text[2000];
	json_t *history;
	char *svg;

	snprintf(text, sizeof(text), "{'name': '%s', " COLUMNS "%s}", name, slots);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	history = json_loads(text, 0, NULL);
	assert_non_null(history);
	svg = history_svg(history, NOW, hours);
	json_decref(history);
	assert_non_null(svg);
	return svg;
}

/* The d of the path of this class. */
static const char *path_of(const char *svg, const char *class)
{
	static char d[500];
	char head[64];
	const char *at;

	snprintf(head, sizeof(head), "<path class=\"%s\" d=\"", class);
	at = strstr(svg, head);
	assert_non_null(at);
	at += strlen(head);
	snprintf(d, sizeof(d), "%.*s", (int)strcspn(at, "\""), at);
	return d;
}

static void slots_are_where_they_belong(void **state)
{
	/* The hour's middle, its next slot, a gap, and one that is too old. */
	char *svg = draw("isp",
			 "[[999990000, 100, 9, 9, 1, 1, 1, 99, 99, 1, 1, 0],"
			 " [999998150, 100, 10, 5, 1.0, 2.0, 4.0, 12500, 25000, 1, 1, 0],"
			 " [999998250, 100, 10, 0, 1.0, 4.0, 8.0, 25000, 0, 1, 1, 0],"
			 " [999999950, 50, 0, 0, null, null, null, 625, 625, 1, 1, 0]]",
			 1);

	(void)state;
	/* 8 ms are the top, at y 56; 130 high. */
	assert_string_equal(path_of(svg, "avg"), "M460.0 153.5h1L482.2 121.0");
	assert_string_equal(path_of(svg, "max"), "M460.0 121.0h1L482.2 56.0");
	assert_string_equal(path_of(svg, "loss"), "M460.0 186.0V121.0");
	/* 2000 bit/s; the last slot by itself, at the edge. */
	assert_string_equal(path_of(svg, "rx"), "M460.0 297.0h1L482.2 232.0M860.0 355.5h1");
	assert_string_equal(path_of(svg, "tx"), "M460.0 232.0h1L482.2 362.0M860.0 355.5h1");
	free(svg);
}

/* A leg has a third graph; of a set there is one of another kind. */
static void legs_and_sets(void **state)
{
	json_t *leg = json_loads("{\"name\": \"isp\", \"kind\": \"line\", \"seconds\": 100, "
				 "\"columns\": [\"time\", \"up\","
				 "\"rx_packets\", \"missing\", \"skew_half\", \"skew_most\"],"
				 "\"slots\": [[999998150, 100, 300, 100, 2, 8]]}",
				 0, NULL);
	json_t *set = json_loads("{\"name\": \"home\", \"kind\": \"set\", \"seconds\": 100, "
				 "\"columns\": [\"time\", \"up\","
				 "\"sent\", \"unique\", \"duplicates\", \"lost\"],"
				 "\"slots\": [[999998150, 100, 400, 300, 200, 100]]}",
				 0, NULL);
	char *svg = history_svg(leg, NOW, 1);

	(void)state;
	/* The third panel begins at y 408: a quarter is missing, 8 ms are the top. */
	assert_non_null(strstr(svg, "height=\"576\""));
	assert_non_null(strstr(svg, "<path class=\"loss\" d=\"M460.0 538.0V505.5\"/>"));
	assert_non_null(strstr(svg, "<path class=\"max\" d=\"M460.0 408.0h1\"/>"));
	assert_non_null(strstr(svg, "<path class=\"avg\" d=\"M460.0 505.5h1\"/>"));
	free(svg);
	svg = history_svg(set, NOW, 1);
	assert_non_null(strstr(svg, "height=\"224\""));
	assert_string_equal(path_of(svg, "loss"), "M460.0 186.0V153.5");
	assert_string_equal(path_of(svg, "tx"), "M460.0 56.0h1");
	assert_string_equal(path_of(svg, "rx"), "M460.0 88.5h1");
	assert_string_equal(path_of(svg, "max"), "M460.0 121.0h1");
	free(svg);
	json_decref(leg);
	json_decref(set);
}

/* Of what is relayed there is no round trip to draw. */
static void without_echoes(void **state)
{
	char *svg =
		draw("customers/100200",
		     "[[999998150, 100, 0, 0, null, null, null, 12500, 25000, 400, 300, 100]]", 1);

	(void)state;
	assert_null(strstr(svg, "Round trip"));
	assert_null(strstr(svg, "<path class=\"avg\""));
	assert_non_null(strstr(svg, "height=\"400\""));
	assert_string_equal(path_of(svg, "rx"), "M460.0 121.0h1");
	assert_string_equal(path_of(svg, "tx"), "M460.0 56.0h1");
	/* The second one begins at y 232: 4 packets/s are the top. */
	assert_non_null(strstr(svg, "<path class=\"max\" d=\"M460.0 329.5h1\"/>"));
	assert_non_null(strstr(svg, "<path class=\"rx\" d=\"M460.0 232.0h1\"/>"));
	assert_non_null(strstr(svg, "<path class=\"tx\" d=\"M460.0 264.5h1\"/>"));
	free(svg);
}

static void names_are_text(void **state)
{
	char *svg = draw("a<script>&\\u0007]]>", "[]", 25);

	(void)state;
	assert_non_null(strstr(svg, ">a&lt;script&gt;&amp;?]]&gt;</text>"));
	assert_null(strstr(svg, "<script"));
	assert_string_equal(path_of(svg, "rx"), "");
	assert_non_null(strstr(svg, "</svg>\n"));
	free(svg);
}

static void nonsense_does_no_harm(void **state)
{
	char *svg = draw("x", "[1, [], [null], ['a', {}], [999999000, 0, 0, 0]]", 1);

	(void)state;
	assert_null(strstr(svg, "nan"));
	assert_null(strstr(svg, "inf"));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_where_they_belong),
		cmocka_unit_test(legs_and_sets),
		cmocka_unit_test(without_echoes),
		cmocka_unit_test(names_are_text),
		cmocka_unit_test(nonsense_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
