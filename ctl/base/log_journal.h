/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sink that writes to systemd's journal, by the native protocol that systemd documents as stable
 * (JOURNAL_NATIVE_PROTOCOL): one datagram a line, with its fields, so no library is needed for it. It is
 * for a controller whose stderr leads to the journal anyhow, which JOURNAL_STREAM tells (systemd.exec(5)).
 */
#ifndef L2X_BASE_LOG_JOURNAL_H
#define L2X_BASE_LOG_JOURNAL_H

#include <sys/types.h>
#include "base/log.h"

#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"
#define LOG_JOURNAL_LINE   2048 /* bytes of a datagram, with all fields */

struct log_journal {
	struct log_sink sink;
	int fd;
	unsigned long unsaid; /* lines that the journal had no room for, since the last one */
};

/* Does stderr lead to the journal, and is it there? Else false, and nothing is to be closed. */
bool log_journal_open(struct log_journal *j);
void log_journal_close(struct log_journal *j);

/* Does a JOURNAL_STREAM, NULL: none, name this file? */
bool log_journal_is(const char *stream, dev_t device, ino_t inode);
/* The datagram of a line. Its length. */
size_t log_journal_datagram(char out[LOG_JOURNAL_LINE], enum log_level level,
			    const struct logger *from, const char *text);

#endif
