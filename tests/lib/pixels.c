// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a picture looks like: "pixels FILE.png X" prints the colour that most of the column X has, and in how many per cent of it. X counts from
 * the right if it is negative.
 */
#include <cairo.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	cairo_surface_t *s = argc == 3 ? cairo_image_surface_create_from_png(argv[1]) : NULL;
	uint32_t *column, most = 0;
	int width, height, x, run = 0, longest = 0;

	if (!s || cairo_surface_status(s)) {
		fprintf(stderr, "usage: pixels FILE.png X\n");
		return 1;
	}
	width = cairo_image_surface_get_width(s);
	height = cairo_image_surface_get_height(s);
	x = atoi(argv[2]);
	x += x < 0 ? width : 0;
	column = calloc((size_t)height, sizeof(*column));
	if (!column || x < 0 || x >= width)
		return 1;
	for (int y = 0; y < height; y++) {
		const unsigned char *row = cairo_image_surface_get_data(s) +
					   (ptrdiff_t)y * cairo_image_surface_get_stride(s);

		column[y] = ((const uint32_t *)(const void *)row)[x] & 0xffffff;
	}
	qsort(column, (size_t)height, sizeof(*column), by_number);
	for (int y = 0; y < height; y++) {
		run = y && column[y] == column[y - 1] ? run + 1 : 1;
		if (run > longest) {
			longest = run;
			most = column[y];
		}
	}
	printf("%06x %d\n", most, 100 * longest / height);
	free(column);
	cairo_surface_destroy(s);
	return 0;
}
