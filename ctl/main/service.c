// SPDX-License-Identifier: GPL-2.0-only
/*
 * The service manager's side of the controller, see service.h. The protocol is the datagram one of sd_notify(3), which
 * systemd documents as stable, so no library is needed for it. The watchdog is fed from the controller's own timers: a loop
 * that hangs feeds nothing.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "main/service.h"

#define STATUS_EVERY 10000 /* ms */

struct service {
	struct controller *c;
	int fd;
	struct timer feed, say;
	uint64_t feed_every; /* ms; 0: no watchdog */
	char said[128];	     /* the last STATUS */
};

/*
 * The address that NOTIFY_SOCKET names: a path, or with `@` an abstract name. Its length, or -EINVAL. Of systemd's
 * other kinds (vsock) none leads into a service.
 */
static int read_address(const char *text, struct sockaddr_un *address)
{
	size_t len = strlen(text);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len < 2 || len >= sizeof(address->sun_path) || (*text != '/' && *text != '@'))
		return -EINVAL;
	memcpy(address->sun_path, text, len);
	if (*text == '@')
		address->sun_path[0] = 0;
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + (*text == '/'));
}

/* A manager that is too busy to listen is not waited for. */
static void notify(const struct service *s, const char *text)
{
	if (send(s->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug(&s->c->log, "cannot tell the service manager: %s", strerror(errno));
}

static unsigned tunnels_up(const struct controller *c)
{
	struct list *i, *keep;
	unsigned n = 0;

	list_for_each(i, keep, (struct list *)&c->tunnels)
		n += list_item(i, struct tunnel, in_controller)->since != 0;
	return n;
}

static void say_status(void *arg)
{
	struct service *s = arg;
	char text[sizeof(s->said)];
	unsigned tunnels = tunnels_up(s->c), calls = s->c->calls;

	snprintf(text, sizeof(text), "STATUS=%u tunnel%s up, %u session%s", tunnels,
		 tunnels == 1 ? "" : "s", calls, calls == 1 ? "" : "s");
	if (strcmp(text, s->said) != 0) {
		strcpy(s->said, text);
		notify(s, text);
	}
	timer_set(&s->c->timers, &s->say, STATUS_EVERY);
}

static void feed(void *arg)
{
	struct service *s = arg;

	notify(s, "WATCHDOG=1");
	timer_set(&s->c->timers, &s->feed, s->feed_every);
}

/* Three times in the interval, or 0: systemd does not watch, or watches another process. */
static uint64_t watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t ms = usec ? strtoull(usec, NULL, 10) / 3000 : 0;

	if (pid && strtol(pid, NULL, 10) != getpid())
		return 0;
	return ms;
}

int service_open(struct controller *c, struct service **out)
{
	const char *where = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	struct service *s;
	int len, err;

	*out = NULL;
	if (!where)
		return 0;
	len = read_address(where, &address);
	if (len < 0) {
		log_warning(&c->log, "NOTIFY_SOCKET %s: nothing that can be told anything", where);
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->c = c;
	timer_init(&s->feed, feed, s);
	timer_init(&s->say, say_status, s);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&address, (socklen_t)len)) {
		err = -errno;
		log_error(&c->log, "NOTIFY_SOCKET %s: %s", where, strerror(-err));
		service_close(s);
		return err;
	}
	s->feed_every = watchdog_interval();
	*out = s;
	return 0;
}

void service_ready(struct service *s)
{
	if (!s)
		return;
	notify(s, "READY=1");
	say_status(s);
	if (s->feed_every)
		feed(s);
}

void service_reloading(struct service *s)
{
	char text[64];

	if (!s)
		return;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)clock_ns(CLOCK_MONOTONIC) / 1000);
	notify(s, text);
}

void service_stopping(struct service *s)
{
	if (!s)
		return;
	notify(s, "STOPPING=1\nSTATUS=Ending sessions and tunnels");
	timer_cancel(&s->c->timers, &s->say);
}

void service_close(struct service *s)
{
	if (!s)
		return;
	timer_cancel(&s->c->timers, &s->feed);
	timer_cancel(&s->c->timers, &s->say);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}
