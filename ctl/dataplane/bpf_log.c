// SPDX-License-Identifier: GPL-2.0-only
/* libbpf's messages in our log, see bpf_log.h. */
#include "dataplane/bpf_log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LINES 30 /* the verifier says what is wrong at the end of thousands of lines */

static struct {
	const struct logger *log;
	bool loading;
} to;

static char *tail(char *text)
{
	size_t lines = 0;
	char *p = text + strlen(text);

	while (p > text && lines <= TAIL_LINES)
		if (*--p == '\n')
			lines++;
	return p;
}

static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	enum log_level at = level == LIBBPF_WARN && to.loading ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG;
	char *text = NULL, *line, *rest;

	/* Its debug messages are hundreds of lines about relocations. */
	if (level == LIBBPF_DEBUG || !log_wants(to.log, at) || vasprintf(&text, fmt, ap) < 0)
		return 0;
	rest = at == LOG_LEVEL_ERROR ? tail(text) : text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_line(to.log, at, "%s", line);
	free(text);
	return 0;
}

void bpf_log_to(const struct logger *log)
{
	to.log = log;
	libbpf_set_print(log ? print : NULL);
}

void bpf_log_loading(bool loading)
{
	to.loading = loading;
}
