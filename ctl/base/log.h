/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logging. A logger is a level, a name that says whose line it is ("tunnel isp", "session isp/7"),
 * and a sink shared by all loggers of the program. Every object of the protocol layers holds a
 * pointer to one, so a level can be set for one tunnel or one session alone. Nothing here is
 * global.
 */
#ifndef L2X_BASE_LOG_H
#define L2X_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include "base/addr.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

struct logger;

/* Where lines go: text is one line without its newline. */
struct log_sink {
	void (*write)(const struct log_sink *sink, enum log_level level, const struct logger *from,
		      const char *text);
	void *arg;
};

/* Whom a line is about. NULL, and an empty peer: nobody, or nobody known. */
struct log_subject {
	const char *tunnel, *session, *user, *set;
	char peer[ENDPOINT_TEXT];
};

struct logger {
	enum log_level level;
	char name[64];		     /* may be empty */
	const struct log_sink *sink; /* NULL: silent */
	/* Asked by sinks that tell it; NULL: nobody. The strings stay for as long as the line is written. */
	void (*subject)(const struct logger *lg, struct log_subject *subject);
};

extern const struct log_sink log_stderr;

void logger_init(struct logger *lg, const struct log_sink *sink, enum log_level level,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Another name, all else stays. */
void logger_rename(struct logger *lg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_line(const struct logger *lg, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A peer's bytes may end up in a line: all but ASCII becomes '?', off the terminal and out of the journal. */
void log_make_printable(char *s);

/* "error", "warning", "info", "debug" <-> level; -EINVAL for another word */
int log_level_parse(const char *word);
const char *log_level_name(enum log_level level);

static inline bool log_wants(const struct logger *lg, enum log_level level)
{
	return lg && lg->sink && level <= lg->level;
}

#define log_at(lg, lvl, ...)                                \
	do {                                                \
		if (log_wants((lg), (lvl)))                 \
			log_line((lg), (lvl), __VA_ARGS__); \
	} while (0)
#define log_error(lg, ...)   log_at(lg, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(lg, ...) log_at(lg, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(lg, ...)    log_at(lg, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(lg, ...)   log_at(lg, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
