// SPDX-License-Identifier: GPL-2.0-only
/* Graphs as PNG, see picture.h. */
#include "main/picture.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "main/child.h"

#define PROGRAM	    "l2x-png"
#define PICTURES    4 /* at a time */
#define PICTURE_MS  8000
#define PICTURE_MAX (4u << 20)

struct picture {
	struct list in_all;
	struct pictures *all;
	struct http_client *client; /* NULL: it does not wait any more */
	pid_t pid;		    /* 0: it has ended */
	int status;
	int fd; /* -1: all has been read */
	struct event *readable;
	struct evbuffer *png;
	struct timer deadline;
};

struct pictures {
	struct controller *c;
	struct event *child;
	struct list running;
	unsigned count;
	char program[PATH_MAX];
};

static void picture_free(struct picture *p)
{
	timer_cancel(&p->all->c->timers, &p->deadline);
	if (p->readable)
		event_free(p->readable);
	if (p->fd >= 0)
		close(p->fd);
	if (p->png)
		evbuffer_free(p->png);
	list_remove(&p->in_all);
	p->all->count--;
	free(p);
}

/* Both have come: the end of what it wrote, and its own. */
static void ended(struct picture *p)
{
	if (p->pid || p->fd >= 0)
		return;
	if (p->client && !p->status)
		http_answer(p->client, 200, "image/png", p->png);
	if (p->status && p->client) {
		log_warning(&p->all->c->log, "%s made no PNG: %s %d", p->all->program,
			    WIFSIGNALED(p->status) ? "ended by signal" : "ended with status",
			    WIFSIGNALED(p->status) ? WTERMSIG(p->status) : WEXITSTATUS(p->status));
		http_answer(p->client, 503, NULL, NULL);
	}
	picture_free(p);
}

static void end_now(struct picture *p)
{
	if (p->pid)
		kill(-p->pid, SIGKILL);
}

static void too_late(void *arg)
{
	struct picture *p = arg;

	log_warning(&p->all->c->log, PROGRAM " takes more than %d s: killed", PICTURE_MS / 1000);
	end_now(p);
}

static void client_gone(void *arg)
{
	struct picture *p = arg;

	p->client = NULL;
	end_now(p);
}

static void on_child(evutil_socket_t sig, short what, void *arg)
{
	struct pictures *all = arg;
	struct list *i, *keep;

	(void)sig;
	(void)what;
	controller_enter(all->c);
	list_for_each(i, keep, &all->running) {
		struct picture *p = list_item(i, struct picture, in_all);

		if (p->pid && waitpid(p->pid, &p->status, WNOHANG) == p->pid) {
			p->pid = 0;
			ended(p);
		}
	}
	controller_leave(all->c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct picture *p = arg;
	struct controller *c = p->all->c;
	int n;

	(void)what;
	controller_enter(c);
	n = evbuffer_read(p->png, fd, -1);
	if (n > 0 && evbuffer_get_length(p->png) > PICTURE_MAX)
		end_now(p);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		event_free(p->readable);
		p->readable = NULL;
		close(p->fd);
		p->fd = -1;
		ended(p);
	}
	controller_leave(c);
}

/* A file without a name, to be read from its beginning. */
static int file_of(const char *text)
{
	const size_t len = strlen(text);
	int fd = memfd_create("l2x-graph", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int start(struct picture *p, const char *svg)
{
	char *const argv[] = {p->all->program, NULL};
	char path[] = "PATH=/usr/bin:/bin", *const environment[] = {path, NULL};
	int in = file_of(svg), ends[2], err;

	if (in < 0)
		return in;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
		close(in);
		return err;
	}
	/* Its end is one to wait at. */
	fcntl(ends[1], F_SETFL, 0);
	err = child_spawn(argv, environment, in, ends[1], &p->pid);
	close(in);
	close(ends[1]);
	p->fd = ends[0];
	if (err)
		return err;
	p->png = evbuffer_new();
	p->readable = event_new(p->all->c->base, p->fd, EV_READ | EV_PERSIST, on_readable, p);
	if (!p->png || !p->readable || event_add(p->readable, NULL)) {
		end_now(p);
		waitpid(p->pid, NULL, 0);
		return -ENOMEM;
	}
	timer_set(&p->all->c->timers, &p->deadline, PICTURE_MS);
	return 0;
}

void picture_answer(struct controller *c, struct http_client *client, char *svg)
{
	struct pictures *all = c->pictures;
	struct picture *p = svg && all->count < PICTURES ? calloc(1, sizeof(*p)) : NULL;
	int err;

	if (!p) {
		free(svg);
		http_answer(client, 503, NULL, NULL);
		return;
	}
	p->all = all;
	p->fd = -1;
	timer_init(&p->deadline, too_late, p);
	list_append(&all->running, &p->in_all);
	all->count++;
	err = start(p, svg);
	free(svg);
	if (err) {
		log_warning(&c->log, "cannot run %s: %s", all->program, strerror(-err));
		picture_free(p);
		http_answer(client, 503, NULL, NULL);
		return;
	}
	p->client = client;
	http_wait(client, client_gone, p);
}

/* Beside ourselves, wherever that is. */
static void find_program(char path[PATH_MAX])
{
	const ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(PROGRAM));
	char *slash;

	path[len > 0 ? len : 0] = 0;
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, PROGRAM);
}

int pictures_open(struct controller *c)
{
	struct pictures *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->c = c;
	list_init(&all->running);
	find_program(all->program);
	c->pictures = all;
	all->child = evsignal_new(c->base, SIGCHLD, on_child, all);
	return all->child && !evsignal_add(all->child, NULL) ? 0 : -ENOMEM;
}

/* The HTTP port is closed by now: nobody waits for them. */
void pictures_close(struct controller *c)
{
	struct list *i, *keep;

	if (!c->pictures)
		return;
	list_for_each(i, keep, &c->pictures->running) {
		struct picture *p = list_item(i, struct picture, in_all);

		if (p->pid)
			waitpid(p->pid, NULL, 0);
		picture_free(p);
	}
	if (c->pictures->child)
		event_free(c->pictures->child);
	free(c->pictures);
	c->pictures = NULL;
}
