// SPDX-License-Identifier: GPL-2.0-only
/* Scripts on up, down and change, see script.h. What they find in the environment is in docs/l2x.conf.5. */
#include "main/script.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "main/call.h"
#include "main/child.h"
#include "main/prefixes.h"
#include "main/set.h"

#define SCRIPT_SECONDS 30 /* the longest that one may take */
#define RUNNING_MAX    16
#define VARIABLES_MAX  32
#define SCRIPT_PATH    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct script {
	struct list in_list;
	struct scripts *all;
	char *path;
	char name[64]; /* of the session: what has the same one runs in order */
	char *environment[VARIABLES_MAX + 1];
	size_t variables;
	pid_t pid; /* while it runs */
	struct timer deadline;
	bool failed; /* no memory for its environment */
};

struct scripts {
	struct controller *c;
	struct event *child;
	struct list waiting, running;
	unsigned running_count;
};

static void script_free(struct script *s)
{
	list_remove(&s->in_list);
	timer_cancel(&s->all->c->timers, &s->deadline);
	for (size_t i = 0; i < s->variables; i++)
		free(s->environment[i]);
	free(s->path);
	free(s);
}

/* The whole process group, so that nothing of it is left. */
static void too_late(void *arg)
{
	struct script *s = arg;

	log_warning(&s->all->c->log, "%s: %s takes more than %d s: killed", s->name, s->path,
		    SCRIPT_SECONDS);
	kill(-s->pid, SIGKILL);
}

/* Names that peers chose are among the values: nothing in them may act on a terminal or a log. */
static void set(struct script *s, const char *key, const char *value)
{
	char **variable = &s->environment[s->variables];

	if (s->variables == VARIABLES_MAX || asprintf(variable, "%s=%s", key, value) < 0) {
		s->failed = true;
		return;
	}
	for (unsigned char *p = (unsigned char *)*variable; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
	s->variables++;
}

static void set_number(struct script *s, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	set(s, key, text);
}

static void set_ip(struct script *s, const char *key, const struct ip_addr *a)
{
	char text[IP_ADDR_TEXT];

	set(s, key, ip_addr_text(a, text));
}

static void set_v4(struct script *s, const char *key, struct in_addr v4)
{
	struct ip_addr a = ip_addr_v4(v4);

	if (v4.s_addr)
		set_ip(s, key, &a);
}

static void set_addresses(struct script *s, const struct call *call, int family)
{
	struct ip_addr local = ip_addr_v6(&call->ipv6_addresses.local),
		       remote = ip_addr_v6(&call->ipv6_addresses.remote);

	if (family == AF_INET6) {
		set_ip(s, "L2X_LOCAL", &local);
		set_ip(s, "L2X_REMOTE", &remote);
		return;
	}
	set_v4(s, "L2X_LOCAL", call->ipv4_addresses.local);
	set_v4(s, "L2X_REMOTE", call->ipv4_addresses.remote);
	set_v4(s, "L2X_DNS1", call->ipv4_addresses.dns[0]);
	set_v4(s, "L2X_DNS2", call->ipv4_addresses.dns[1]);
}

static void set_routes(struct script *s, const struct installed *in)
{
	size_t room = in->routes_count * IP_PREFIX_TEXT + 1, used = 0;
	char *text = calloc(1, room), one[IP_PREFIX_TEXT];

	if (!text) {
		s->failed = true;
		return;
	}
	for (size_t i = 0; i < in->routes_count; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", used ? " " : "",
					 ip_prefix_text(&in->routes[i], one));
	set(s, "L2X_ROUTES", text);
	free(text);
}

static void append(char *text, size_t room, const char *word)
{
	size_t used = strlen(text);

	snprintf(text + used, room - used, "%s%s", used ? " " : "", word);
}

/* What the peer of an outgoing session has told by advertisements and DHCPv6. */
static void set_prefixes(struct script *s, const struct call *call)
{
	static const char *const names[] = {"L2X_DNS1", "L2X_DNS2"};
	char list[IPV6_PREFIXES * IP_PREFIX_TEXT] = "", one[IP_PREFIX_TEXT];
	struct ipv6_facts facts;

	if (!call->link)
		return;
	ipv6_link_facts(call->link, &facts);
	for (size_t i = 0; i < facts.delegated_count; i++)
		append(list, sizeof(list), ip_prefix_text(&facts.delegated[i].prefix, one));
	if (*list)
		set(s, "L2X_PREFIXES", list);
	*list = 0;
	for (size_t i = 0; i < facts.address_count; i++)
		append(list, sizeof(list), ip_addr_text(&facts.addresses[i].prefix.addr, one));
	if (*list)
		set(s, "L2X_ADDRESSES", list);
	for (size_t i = 0; i < facts.dns_count && i < 2; i++) {
		struct ip_addr a = ip_addr_v6(&facts.dns[i]);

		set_ip(s, names[i], &a);
	}
}

static void set_facts(struct script *s, const struct call *call, int family,
		      enum script_event event)
{
	const struct tunnel *t = call->t;
	const char *user = call_user(call);
	static const char *const event_names[] = {
		[SCRIPT_UP] = "up", [SCRIPT_DOWN] = "down", [SCRIPT_CHANGE] = "change"};
	char peer[ENDPOINT_TEXT];

	set(s, "PATH", SCRIPT_PATH);
	set(s, "L2X_EVENT", event_names[event]);
	set(s, "L2X_FAMILY", family == AF_INET ? "ipv4" : "ipv6");
	set(s, "L2X_ROLE", t->outgoing ? "outgoing" : "incoming");
	set(s, "L2X_NAME", t->outgoing ? t->outgoing->config->name : t->incoming->name);
	set(s, "L2X_SESSION", call->log.name);
	set(s, "L2X_USER", user ? user : "");
	set(s, "L2X_IFACE", call->netdev->name);
	set_number(s, "L2X_TABLE", call->netdev->table);
	set_number(s, "L2X_MTU", call->mtu);
	set_addresses(s, call, family);
	if (family == AF_INET6)
		set_prefixes(s, call);
	set_routes(s, family == AF_INET ? &call->ipv4 : &call->ipv6);
	set(s, "L2X_PEER", endpoint_text(&l2tp_tunnel_path(t->l2tp)->peer, peer));
	set(s, "L2X_PEER_HOSTNAME", l2tp_tunnel_peer(t->l2tp)->host_name);
	set_number(s, "L2X_TUNNEL_ID", call->key.tunnel_id);
	set_number(s, "L2X_SESSION_ID", call->key.session_id);
	if (call->set) {
		set(s, "L2X_SET", call->set->name);
		set_number(s, "L2X_SET_LEGS",
			   set_legs_up(call->set, family) - (event == SCRIPT_DOWN));
	}
	if (event == SCRIPT_DOWN)
		set_number(s, "L2X_UPTIME",
			   call->since ? (t->c->timers.now - call->since) / 1000 : 0);
}

/* The log is its output. */
static int spawn(struct script *s)
{
	char *const argv[] = {s->path, NULL};

	return child_spawn(argv, s->environment, -1, -1, &s->pid);
}

static bool name_runs(const struct scripts *all, const char *name)
{
	struct list *i, *keep;

	list_for_each(i, keep, (struct list *)&all->running)
		if (!strcmp(list_item(i, struct script, in_list)->name, name))
			return true;
	return false;
}

static void start(struct script *s)
{
	struct scripts *all = s->all;
	int err = s->failed ? -ENOMEM : spawn(s);

	if (err) {
		log_error(&all->c->log, "%s: cannot run %s: %s", s->name, s->path, strerror(-err));
		script_free(s);
		return;
	}
	log_debug(&all->c->log, "%s: %s runs as process %d", s->name, s->path, (int)s->pid);
	list_remove(&s->in_list);
	list_append(&all->running, &s->in_list);
	all->running_count++;
	timer_set(&all->c->timers, &s->deadline, SCRIPT_SECONDS * 1000);
}

static void start_what_may(struct scripts *all)
{
	struct list *i, *keep;

	list_for_each(i, keep, &all->waiting) {
		struct script *s = list_item(i, struct script, in_list);

		if (all->running_count == RUNNING_MAX)
			return;
		if (!name_runs(all, s->name))
			start(s);
	}
}

static void ended(struct script *s, int status)
{
	const struct logger *log = &s->all->c->log;

	if (WIFSIGNALED(status))
		log_warning(log, "%s: %s was ended by signal %d", s->name, s->path,
			    WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_warning(log, "%s: %s ended with status %d", s->name, s->path,
			    WEXITSTATUS(status));
	s->all->running_count--;
	script_free(s);
}

/* One signal may stand for several children. */
static void on_child(evutil_socket_t sig, short what, void *arg)
{
	struct scripts *all = arg;
	struct list *i, *keep;
	int status;

	(void)sig;
	(void)what;
	controller_enter(all->c);
	list_for_each(i, keep, &all->running) {
		struct script *s = list_item(i, struct script, in_list);

		if (waitpid(s->pid, &status, WNOHANG) == s->pid)
			ended(s, status);
	}
	start_what_may(all);
	controller_leave(all->c);
}

int scripts_open(struct controller *c)
{
	struct scripts *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->c = c;
	list_init(&all->waiting);
	list_init(&all->running);
	c->scripts = all;
	all->child = evsignal_new(c->base, SIGCHLD, on_child, all);
	return all->child && !evsignal_add(all->child, NULL) ? 0 : -ENOMEM;
}

static void forget_waiting(struct scripts *all)
{
	while (!list_empty(&all->waiting)) {
		struct script *s = list_item(all->waiting.next, struct script, in_list);

		log_warning(&all->c->log, "%s: no time left to run %s", s->name, s->path);
		script_free(s);
	}
}

void scripts_close(struct controller *c)
{
	struct scripts *all = c->scripts;
	uint64_t end;

	if (!all)
		return;
	end = c->timers.now + SCRIPT_SECONDS * 1000;
	controller_leave(c); /* arms their deadlines */
	while (!list_empty(&all->running)) {
		event_base_loop(c->base, EVLOOP_ONCE);
		if (c->timers.now >= end)
			forget_waiting(all);
	}
	forget_waiting(all);
	if (all->child)
		event_free(all->child);
	free(all);
	c->scripts = NULL;
}

static void run(struct call *call, const char *name, const char *path, int family,
		enum script_event event)
{
	struct script *s;

	if (!path)
		return;
	s = calloc(1, sizeof(*s));
	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		log_error(&call->log, "cannot run %s: out of memory", path);
		free(s);
		return;
	}
	s->all = call->t->c->scripts;
	snprintf(s->name, sizeof(s->name), "%s", name);
	timer_init(&s->deadline, too_late, s);
	set_facts(s, call, family, event);
	list_append(&s->all->waiting, &s->in_list);
	start_what_may(s->all);
}

static const char *program(const struct config_scripts *s, enum script_event event)
{
	const char *const choice[] = {
		[SCRIPT_UP] = s->on_up, [SCRIPT_DOWN] = s->on_down, [SCRIPT_CHANGE] = s->on_change};

	return choice[event];
}

void script_run(struct call *call, int family, enum script_event event)
{
	const struct tunnel *t = call->t;
	const struct config_scripts *own =
		t->outgoing ? &t->outgoing->config->scripts : &t->incoming->scripts;

	run(call, call->log.name, program(own, event), family, event);
	/* The first leg, or the last. */
	if (call->set && set_legs_up(call->set, family) == 1)
		run(call, call->set->log.name, program(&call->set->config->scripts, event), family,
		    event);
}
