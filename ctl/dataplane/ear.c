// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that hear what routers say of the way to a peer (ICMP, packet too big). The kernel notes
 * that in the table by which the socket that the message is for would send; so for tunnels with a
 * table of their own, and there only, each path has a socket with that mark, which sends nothing.
 * Being connected, it also gets what the peer sends.
 *
 * Two tables may have the same path. No message says which of the two it is about: the one that was
 * opened last hears it.
 */
#include <errno.h>
#include <stdlib.h>
#include "dataplane/private.h"
#include "l2x/underlay.h"

static struct ear *find(struct dataplane *dp, const struct udp_path *path)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->ears) {
		struct ear *e = list_item(i, struct ear, in_dataplane);

		if (e->path.table == path->table && endpoint_eq(&e->path.peer, &path->peer) &&
		    endpoint_eq(&e->path.local, &path->local))
			return e;
	}
	return NULL;
}

int dataplane_hear(struct dataplane *dp, const struct udp_path *path)
{
	struct ear *e = path->table ? find(dp, path) : NULL;
	int err;

	if (e)
		e->users++;
	if (e || !path->table)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->path = *path;
	e->users = 1;
	e->socket = (struct udp_socket){.dp = dp, .bound = path->local};
	err = udp_socket_connect(&e->socket, &path->peer, L2X_TABLE_MARK + path->table);
	if (err) {
		free(e);
		return err;
	}
	list_append(&dp->ears, &e->in_dataplane);
	return 0;
}

static void remove_ear(struct ear *e)
{
	udp_socket_close(&e->socket);
	list_remove(&e->in_dataplane);
	free(e);
}

void dataplane_hush(struct dataplane *dp, const struct udp_path *path)
{
	struct ear *e = path->table ? find(dp, path) : NULL;

	if (e && !--e->users)
		remove_ear(e);
}

void ears_close(struct dataplane *dp)
{
	struct list *i, *next;

	list_for_each(i, next, &dp->ears)
		remove_ear(list_item(i, struct ear, in_dataplane));
}
