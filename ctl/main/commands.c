// SPDX-License-Identifier: GPL-2.0-only
/* The commands that arrive on the control socket: status, history, attach, detach, up,
 * down, restart, reload, log. */
#include <errno.h>
#include <string.h>
#include "main/controller.h"
#include "main/log.h"
#include "main/quality.h"
#include "main/reload.h"

static json_t *attach_command(struct controller *c, const char *command, const json_t *request)
{
	const char *ifname = json_string_value(json_object_get(request, "interface"));
	const char *forward = json_string_value(json_object_get(request, "forward"));
	bool xdp = forward && !strcmp(forward, "xdp");
	int err;

	if (!ifname || !*ifname || strlen(ifname) >= IFNAMSIZ)
		return api_error("%s needs the name of an interface", command);
	if (forward && !xdp && strcmp(forward, "kernel"))
		return api_error("forward is \"xdp\" or \"kernel\", not \"%s\"", forward);
	if (!strcmp(command, "detach"))
		err = dataplane_detach(c->dp, ifname);
	else
		err = links_attach(c, ifname, xdp ? FORWARD_XDP : FORWARD_KERNEL);
	if (err == -ENOENT)
		return api_error("%s is not attached", ifname);
	if (err)
		return api_error("cannot %s %s: %s", command, ifname, strerror(-err));
	return json_pack("{s:b}", "ok", 1);
}

static const struct {
	const char *name;
	void (*run)(struct outgoing *o);
} outgoing_commands[] = {{"up", outgoing_up},
			 {"down", outgoing_down},
			 {"restart", outgoing_restart}};

#define OUTGOING_COMMANDS (sizeof(outgoing_commands) / sizeof(outgoing_commands[0]))

static size_t find_outgoing_command(const char *command)
{
	size_t i = 0;

	while (i < OUTGOING_COMMANDS && strcmp(outgoing_commands[i].name, command))
		i++;
	return i;
}

static json_t *outgoing_command(struct controller *c, size_t command, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	struct outgoing *o;

	if (!name)
		return api_error("%s needs the name of an outgoing tunnel",
				 outgoing_commands[command].name);
	if (c->stopping)
		return api_error("the controller is ending");
	o = outgoing_find(c, name);
	if (!o)
		return api_error("there is no outgoing tunnel \"%s\"", name);
	outgoing_commands[command].run(o);
	return json_pack("{s:b}", "ok", 1);
}

static json_t *history_command(struct controller *c, const json_t *request)
{
	for (int kind = 0; kind < HISTORY_KINDS; kind++) {
		const char *name = json_string_value(json_object_get(request, quality_kinds[kind]));
		json_t *answer = name ? quality_history(c, (enum history_kind)kind, name) : NULL;

		if (name)
			return answer ? answer
				      : api_error("there is no history of %s \"%s\"",
						  quality_kinds[kind], name);
	}
	return api_error("history needs a line, a set or a tunnel");
}

json_t *commands_answer(void *owner, const char *command, const json_t *request)
{
	struct controller *c = owner;
	json_t *answer;

	controller_enter(c);
	if (!strcmp(command, "status"))
		answer = status_answer(c);
	else if (!strcmp(command, "attach") || !strcmp(command, "detach"))
		answer = attach_command(c, command, request);
	else if (!strcmp(command, "reload"))
		answer = reload_answer(c);
	else if (!strcmp(command, "history"))
		answer = history_command(c, request);
	else if (!strcmp(command, "log"))
		answer = log_command(c, request);
	else if (find_outgoing_command(command) < OUTGOING_COMMANDS)
		answer = outgoing_command(c, find_outgoing_command(command), request);
	else
		answer = api_error("unknown command \"%s\"", command);
	controller_leave(c);
	return answer;
}
