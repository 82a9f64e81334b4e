// SPDX-License-Identifier: GPL-2.0-only
/* The commands that arrive on the control socket: status, attach, detach. */
#include <errno.h>
#include <string.h>
#include "main/controller.h"

static json_t *attach_command(struct controller *c, const char *command, const json_t *request)
{
	const char *ifname = json_string_value(json_object_get(request, "interface"));
	const char *forward = json_string_value(json_object_get(request, "forward"));
	int err;

	if (!ifname || !*ifname || strlen(ifname) >= IFNAMSIZ)
		return api_error("%s needs the name of an interface", command);
	if (!strcmp(command, "detach"))
		err = dataplane_detach(c->dp, ifname);
	else
		err = dataplane_attach(c->dp, ifname,
				       forward && !strcmp(forward, "xdp") ? FORWARD_XDP
									  : FORWARD_KERNEL);
	if (err == -ENOENT)
		return api_error("%s is not attached", ifname);
	if (err)
		return api_error("cannot %s %s: %s", command, ifname, strerror(-err));
	return json_pack("{s:b}", "ok", 1);
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
	else
		answer = api_error("unknown command \"%s\"", command);
	controller_leave(c);
	return answer;
}
