// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines for the journal, see log_journal.h. A field is NAME=VALUE and a newline; no value of ours has a newline in
 * it, so the protocol's binary form is not needed, nor its way for large messages.
 */
#include "base/log_journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define ROOM (1 << 20) /* of the socket: lines that may wait for the journal */

static const int priorities[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

bool log_journal_is(const char *stream, dev_t device, ino_t inode)
{
	char text[64];

	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)device, (uintmax_t)inode);
	return stream && !strcmp(stream, text);
}

/* What has no room is left out, name and all. */
static void add(char *out, size_t *len, const char *name, const char *value)
{
	char *field = out + *len;
	size_t room = LOG_JOURNAL_LINE - *len;
	int n;

	if (!value || !*value)
		return;
	n = snprintf(field, room, "%s=%s\n", name, value);
	if (n < 0 || (size_t)n >= room)
		return;
	field[n - 1] = 0;
	log_make_printable(field);
	field[n - 1] = '\n';
	*len += (size_t)n;
}

size_t log_journal_datagram(char out[LOG_JOURNAL_LINE], enum log_level level,
			    const struct logger *from, const char *text)
{
	struct log_subject who = {0};
	char priority[12], message[LOG_JOURNAL_LINE];
	size_t len = 0;

	if (from->subject)
		from->subject(from, &who);
	snprintf(priority, sizeof(priority), "%d", priorities[level]);
	snprintf(message, sizeof(message), "%s%s%s", from->name, *from->name ? ": " : "", text);
	add(out, &len, "PRIORITY", priority);
	add(out, &len, "SYSLOG_IDENTIFIER", "l2x");
	add(out, &len, "MESSAGE", message);
	add(out, &len, "L2X_TUNNEL", who.tunnel);
	add(out, &len, "L2X_SESSION", who.session);
	add(out, &len, "L2X_USER", who.user);
	add(out, &len, "L2X_PEER", who.peer);
	add(out, &len, "L2X_SET", who.set);
	return len;
}

/* The journal is not waited for: who carries packets has no time for that. */
static int tell(const struct log_journal *j, enum log_level level, const struct logger *from,
		const char *text)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = LOG_JOURNAL_SOCKET};
	char datagram[LOG_JOURNAL_LINE];
	size_t len = log_journal_datagram(datagram, level, from, text);

	return sendto(j->fd, datagram, len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
		      sizeof(to)) < 0
		       ? -errno
		       : 0;
}

static void write_journal(const struct log_sink *sink, enum log_level level,
			  const struct logger *from, const char *text)
{
	static const struct logger nobody;
	struct log_journal *j = sink->arg;
	char missed[80];
	int err;

	if (j->unsaid) {
		snprintf(missed, sizeof(missed), "the journal had no room for %lu lines",
			 j->unsaid);
		if (!tell(j, LOG_LEVEL_WARNING, &nobody, missed))
			j->unsaid = 0;
	}
	err = j->unsaid ? -EAGAIN : tell(j, level, from, text);
	if (err == -EAGAIN)
		j->unsaid++;
	else if (err)
		log_stderr.write(&log_stderr, level, from,
				 text); /* it is gone, or being replaced */
}

bool log_journal_open(struct log_journal *j)
{
	const int room = ROOM;
	struct stat at;

	if (fstat(STDERR_FILENO, &at) ||
	    !log_journal_is(getenv("JOURNAL_STREAM"), at.st_dev, at.st_ino) ||
	    access(LOG_JOURNAL_SOCKET, W_OK))
		return false;
	*j = (struct log_journal){.sink = {.write = write_journal, .arg = j}};
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (j->fd >= 0)
		setsockopt(j->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return j->fd >= 0;
}

void log_journal_close(struct log_journal *j)
{
	if (j->sink.write)
		close(j->fd);
}
