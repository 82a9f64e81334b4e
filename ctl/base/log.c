// SPDX-License-Identifier: GPL-2.0-only
/* Logging: formatting, names of levels, and the sink that writes to stderr. */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static void write_stderr(const struct log_sink *sink, enum log_level level,
			 const struct logger *from, const char *text)
{
	struct timespec ts;
	struct tm tm;

	(void)sink;
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%03ld %-7s %s%s%s\n", tm.tm_hour, tm.tm_min, tm.tm_sec,
		ts.tv_nsec / 1000000, names[level], from->name, *from->name ? ": " : "", text);
}

const struct log_sink log_stderr = {.write = write_stderr};

void log_make_printable(char *s)
{
	for (; *s; s++)
		if ((signed char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void set_name(struct logger *lg, const char *fmt, va_list ap)
{
	vsnprintf(lg->name, sizeof(lg->name), fmt, ap);
	log_make_printable(lg->name); /* it may hold a peer's user name */
}

void logger_init(struct logger *lg, const struct log_sink *sink, enum log_level level,
		 const char *fmt, ...)
{
	va_list ap;

	lg->sink = sink;
	lg->level = level;
	lg->subject = NULL;
	va_start(ap, fmt);
	set_name(lg, fmt, ap);
	va_end(ap);
}

void logger_rename(struct logger *lg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_name(lg, fmt, ap);
	va_end(ap);
}

void log_line(const struct logger *lg, enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!log_wants(lg, level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_make_printable(text);
	lg->sink->write(lg->sink, level, lg, text);
}

int log_level_parse(const char *word)
{
	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
		if (!strcmp(word, names[i]))
			return i;
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return names[level];
}
