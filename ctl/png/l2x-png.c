// SPDX-License-Identifier: GPL-2.0-only
/*
 * l2x-png: SVG on stdin to PNG on stdout, for /history.png. A program of its own, so that what draws (librsvg, and with it cairo, a font
 * renderer and some forty libraries) is neither in the controller's memory nor near its privileges, and does not keep its one
 * thread from packets. It has no privileges, a few seconds and some memory, and opens nothing but fonts.
 */
#include <errno.h>
#include <grp.h>
#include <librsvg/rsvg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define IN_MAX	   (4u << 20)
#define SIDE_MAX   4096
#define SECONDS	   5
#define MEMORY_MAX (512u << 20)
#define NOBODY	   65534

static void limit(int what, rlim_t most)
{
	const struct rlimit r = {.rlim_cur = most, .rlim_max = most};

	setrlimit(what, &r);
}

static bool drop_capabilities(void)
{
	cap_t none = cap_init();
	bool done = none && !cap_set_proc(none);

	cap_free(none);
	return done;
}

/*
 * The controller has become its own account where there is one. Where there is none it is root, most likely without the capability to
 * become anybody else.
 */
static bool become_nobody(void)
{
	return geteuid() ||
	       !(setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		 setresuid(NOBODY, NOBODY, NOBODY)) ||
	       errno == EPERM;
}

/* -1 may be what it then is, and no error. */
static bool be_nice(void)
{
	errno = 0;
	return nice(10) != -1 || !errno;
}

static bool drop_privileges(void)
{
	limit(RLIMIT_CPU, SECONDS);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_CORE, 0);
	return be_nice() && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && become_nobody() &&
	       drop_capabilities();
}

static size_t read_all(uint8_t *in, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room && (n = read(STDIN_FILENO, in + len, room - len)) > 0)
		len += (size_t)n;
	return len;
}

static cairo_status_t put(void *closure, const unsigned char *data, unsigned len)
{
	(void)closure;
	return fwrite(data, 1, len, stdout) == len ? CAIRO_STATUS_SUCCESS
						   : CAIRO_STATUS_WRITE_ERROR;
}

/* NULL, or what is wrong; *error may say more. */
static const char *draw(RsvgHandle *svg, GError **error)
{
	RsvgRectangle all = {0};
	const char *wrong = NULL;
	cairo_surface_t *surface;
	cairo_t *cr;

	if (!rsvg_handle_get_intrinsic_size_in_pixels(svg, &all.width, &all.height) ||
	    all.width < 1 || all.height < 1 || all.width > SIDE_MAX || all.height > SIDE_MAX)
		return "has no size in pixels, or too large a one";
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)all.width, (int)all.height);
	cr = cairo_create(surface);
	if (!rsvg_handle_render_document(svg, cr, &all, error))
		wrong = "cannot be drawn";
	else if (cairo_surface_write_to_png_stream(surface, put, NULL) || fflush(stdout))
		wrong = "cannot be written";
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return wrong;
}

int main(void)
{
	uint8_t *in;
	GError *error = NULL;
	RsvgHandle *svg;
	const char *wrong;
	size_t len;

	if (!drop_privileges()) {
		perror("l2x-png: cannot give up privileges");
		return 1;
	}
	in = malloc(IN_MAX);
	len = in ? read_all(in, IN_MAX) : 0;
	svg = rsvg_handle_new_from_data(in, len, &error);
	wrong = svg ? draw(svg, &error) : "is no SVG";
	if (wrong)
		fprintf(stderr, "l2x-png: what came %s%s%s\n", wrong, error ? ": " : "",
			error ? error->message : "");
	g_clear_error(&error);
	g_clear_object(&svg);
	free(in);
	return wrong ? 1 : 0;
}
