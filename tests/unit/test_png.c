// SPDX-License-Identifier: GPL-2.0-only
/* A history's graph as PNG: what l2x-png, as it is built, makes of our SVG is read by cairo, and looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <cairo.h>
#include "api/history_svg.h"

#define NOW 1000000000u

/* The exit status; *png is its output, whatever that is. */
static int run(const char *in, FILE **png)
{
	char name[] = "/tmp/l2x-test-png.XXXXXX", command[200];
	FILE *file;
	int fd = mkstemp(name), status;

	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	fputs(in, file);
	fclose(file);
	*png = tmpfile();
	assert_non_null(*png);
	snprintf(command, sizeof(command), "build/l2x-png <%s >/dev/fd/%d 2>/dev/null", name,
		 fileno(*png));
	status = system(command);
	unlink(name);
	rewind(*png);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static cairo_status_t read_png(void *file, unsigned char *data, unsigned len)
{
	return fread(data, 1, len, file) == len ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_READ_ERROR;
}

static cairo_surface_t *draw(const char *name)
{
	/* Half of the echoes of the hour's middle were lost; 8 ms. */
	json_t *history = json_pack(
		"{s:s, s:i, s:[s,s,s,s,s,s,s,s], s:[[i,i,i,i,f,f,i,i],[i,i,i,i,f,f,i,i]]}", "name",
		name, "seconds", 100, "columns", "time", "up", "echoes", "lost", "rtt_avg",
		"rtt_max", "rx_bytes", "tx_bytes", "slots", 999998150, 100, 10, 5, 4.0, 8.0, 12500,
		25000, 999998250, 100, 10, 0, 4.0, 8.0, 12500, 25000);
	char *svg = history_svg(history, NOW, 1);
	cairo_surface_t *surface;
	FILE *png;

	json_decref(history);
	assert_non_null(svg);
	assert_int_equal(run(svg, &png), 0);
	surface = cairo_image_surface_create_from_png_stream(read_png, png);
	assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
	fclose(png);
	free(svg);
	return surface;
}

static uint32_t at(cairo_surface_t *s, int x, int y)
{
	const unsigned char *line =
		cairo_image_surface_get_data(s) + (ptrdiff_t)y * cairo_image_surface_get_stride(s);

	return ((const uint32_t *)(const void *)line)[x] & 0xffffff;
}

/* Pixels in a rectangle that are not white. */
static unsigned ink(cairo_surface_t *s, int x, int y, int width, int height)
{
	unsigned n = 0;

	for (int i = 0; i < width * height; i++)
		n += at(s, x + i % width, y + i / width) != 0xffffff;
	return n;
}

static void what_is_drawn_is_there(void **state)
{
	cairo_surface_t *s = draw("isp");

	(void)state;
	assert_int_equal(cairo_image_surface_get_width(s), 900);
	assert_int_equal(cairo_image_surface_get_height(s), 400);
	assert_int_equal(at(s, 300, 80), 0xffffff);
	assert_int_equal(at(s, 460, 170),
			 0xd03b3b); /* the bar of the loss, and not above its top */
	assert_int_not_equal(at(s, 460, 100), 0xd03b3b);
	assert_int_not_equal(at(s, 470, 121), 0xffffff); /* 4 ms, on a grid line */
	cairo_surface_destroy(s);
}

/* Letters are drawn, and other ones for another name, whatever that has in it. */
static void names_are_drawn(void **state)
{
	cairo_surface_t *one = draw("isp"), *other = draw("customers/<b>&\xc3\xa9");

	(void)state;
	assert_in_range(ink(one, 60, 8, 400, 20), 30, 1000);
	assert_true(ink(other, 60, 8, 400, 20) > 2 * ink(one, 60, 8, 400, 20));
	cairo_surface_destroy(one);
	cairo_surface_destroy(other);
}

/* 10 more than -11 is -1, which is nice()'s failure too. */
static void a_controller_of_any_niceness(void **state)
{
	const int own = getpriority(PRIO_PROCESS, 0);
	FILE *png;

	(void)state;
	if (setpriority(PRIO_PROCESS, 0, -11))
		skip();
	assert_int_equal(run("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"5\" height=\"5\"/>",
			     &png),
			 0);
	fclose(png);
	assert_int_equal(setpriority(PRIO_PROCESS, 0, own), 0);
}

static void what_is_no_graph_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"nonsense",
		"<svg xmlns=\"http://www.w3.org/2000/svg\"",
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99999\" height=\"99999\"/>",
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"5\"/>",
	};
	FILE *png;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run(wrong[i], &png), 1);
		assert_int_equal(fgetc(png), EOF);
		fclose(png);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_drawn_is_there),
		cmocka_unit_test(names_are_drawn),
		cmocka_unit_test(a_controller_of_any_niceness),
		cmocka_unit_test(what_is_no_graph_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
