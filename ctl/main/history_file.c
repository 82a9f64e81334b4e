// SPDX-License-Identifier: GPL-2.0-only
/*
 * The history over an end of the program: a file that is read at the start, and written at the end
 * and from time to time, to a new file that takes the old one's place. While sessions run it is
 * written in small portions, so that nothing else waits for it. A file that cannot be read or
 * written is said in the log and is no reason not to run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "main/quality.h"

#define PORTION	   50 /* names, each of up to 25 KB */
#define PORTION_MS 50

struct history_file {
	struct controller *c;
	struct timer timer;
	char *path, *path_new;
	FILE *out;	/* NULL: not being written */
	uint32_t round; /* names written in it carry this */
	uint8_t record[4 * HISTORY_RECORD_MAX];
};

static void give_up(struct history_file *f, int err)
{
	log_warning(&f->c->log, "cannot write %s: %s", f->path, strerror(err));
	if (f->out) {
		fclose(f->out);
		unlink(f->path_new);
	}
	f->out = NULL;
}

static bool begin(struct history_file *f)
{
	uint8_t head[HISTORY_HEAD];
	int fd;

	unlink(f->path_new);
	fd = open(f->path_new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	f->out = fd >= 0 ? fdopen(fd, "we") : NULL;
	if (!f->out) {
		give_up(f, errno);
		if (fd >= 0)
			close(fd);
		return false;
	}
	f->round++;
	history_write_head(head);
	fwrite(head, sizeof(head), 1, f->out);
	return true;
}

static bool write_some_of(struct history_file *f, enum history_kind kind, unsigned *most)
{
	struct list *i, *keep;

	list_for_each(i, keep, &f->c->history[kind].order) {
		struct history_entry *e = list_item(i, struct history_entry, in_order);

		if (e->written == f->round)
			continue;
		if (!(*most)--)
			return false;
		e->written = f->round;
		fwrite(f->record, history_write(kind, e, f->record), 1, f->out);
	}
	return true;
}

/* true: that was the last of them. */
static bool write_some(struct history_file *f, unsigned most)
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++)
		if (!write_some_of(f, (enum history_kind)kind, &most))
			return false;
	return true;
}

static void finish(struct history_file *f)
{
	FILE *out = f->out;
	int err = fflush(out) || ferror(out) ? errno : 0;

	if (err) {
		give_up(f, err);
		return;
	}
	f->out = NULL;
	if (fclose(out) || rename(f->path_new, f->path)) {
		give_up(f, errno);
		unlink(f->path_new);
	}
}

static void go_on(void *arg)
{
	struct history_file *f = arg;
	uint64_t wait = 1000ull * f->c->config->history.save_interval;

	if (f->out || begin(f)) {
		if (write_some(f, PORTION))
			finish(f);
		else
			wait = PORTION_MS;
	}
	timer_set(&f->c->timers, &f->timer, wait);
}

/* From where the file stands to its end, or to the first record that is broken. */
static void read_records(struct history_file *f, FILE *in)
{
	const uint64_t now = (uint64_t)time(NULL);
	size_t len = 0, more;
	long n;

	do {
		size_t at = 0;

		more = fread(f->record + len, 1, sizeof(f->record) - len, in);
		len += more;
		while ((n = history_read(f->c->history, now, f->record + at, len - at)) > 0)
			at += (size_t)n;
		memmove(f->record, f->record + at, len - at);
		len -= at;
	} while (more && n == 0);
	if (n < 0 || len)
		log_warning(&f->c->log, "%s is damaged: only what stands before that was read",
			    f->path);
}

static void read_file(struct history_file *f)
{
	uint8_t head[HISTORY_HEAD];
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *in = fd >= 0 ? fdopen(fd, "re") : NULL;
	struct stat st;

	if (!in) {
		if (errno != ENOENT)
			log_warning(&f->c->log, "cannot read %s: %s", f->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || fread(head, sizeof(head), 1, in) != 1 ||
	    history_read_head(head))
		log_warning(&f->c->log, "%s is not a history file: not read", f->path);
	else
		read_records(f, in);
	fclose(in);
	log_debug(&f->c->log, "%s: history of %u lines", f->path,
		  f->c->history[HISTORY_LINES].count);
}

/* Its directory, as /var/lib/l2x, which nobody has made where no service manager did. */
static void make_directory(const char *path)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash && slash != dir) {
		*slash = 0;
		mkdir(dir, 0750); /* if it cannot be, the first write will say so */
	}
	free(dir);
}

void history_file_open(struct controller *c)
{
	struct history_file *f;

	if (!c->config->history.file)
		return;
	f = calloc(1, sizeof(*f));
	if (!f)
		return;
	f->c = c;
	timer_init(&f->timer, go_on, f);
	f->path = strdup(c->config->history.file);
	if (!f->path || asprintf(&f->path_new, "%s.new", f->path) < 0) {
		free(f->path);
		free(f);
		return;
	}
	make_directory(f->path);
	read_file(f);
	c->history_file = f;
	timer_set(&c->timers, &f->timer, 1000ull * c->config->history.save_interval);
}

void history_file_close(struct controller *c)
{
	struct history_file *f = c->history_file;

	if (!f)
		return;
	timer_cancel(&c->timers, &f->timer);
	if (f->out)
		fclose(f->out);
	if (begin(f)) {
		write_some(f, UINT32_MAX);
		finish(f);
	}
	free(f->path_new);
	free(f->path);
	free(f);
	c->history_file = NULL;
}
