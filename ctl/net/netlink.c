// SPDX-License-Identifier: GPL-2.0-only
/* The netlink socket, and requests over it; see netlink.h. */
#include "net/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/errno.h>

struct answer {
	bool ended;
	int error; /* negative errno */
	net_parse *parse;
	void *arg;
};

int net_open(struct net **out)
{
	struct net *n = calloc(1, sizeof(*n));
	int err;

	if (!n)
		return -ENOMEM;
	n->sock = nl_socket_alloc();
	if (!n->sock) {
		free(n);
		return -ENOMEM;
	}
	errno = 0;
	if (nl_connect(n->sock, NETLINK_ROUTE)) {
		err = errno ? -errno : -EPROTONOSUPPORT;
		net_close(n);
		return err;
	}
	*out = n;
	return 0;
}

void net_close(struct net *n)
{
	if (!n)
		return;
	queue_close(n);
	nl_socket_free(n->sock);
	free(n);
}

struct nl_msg *net_message(int type, int flags, const void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int net_put_addr(struct nl_msg *msg, int attr, const struct ip_addr *a)
{
	return nla_put(msg, attr, (int)ip_addr_bits(a) / 8, a->bytes);
}

int net_take_addr(struct nlattr *a, uint8_t family, struct ip_addr *out)
{
	*out = (struct ip_addr){0};
	if (!a)
		return 0;
	out->family = family;
	if (nla_len(a) != (int)ip_addr_bits(out) / 8)
		return -EBADMSG;
	memcpy(out->bytes, nla_data(a), (size_t)nla_len(a));
	return 0;
}

int net_put_mtu(struct nl_msg *msg, uint32_t mtu, bool locked)
{
	struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

	if (!metrics || nla_put_u32(msg, RTAX_MTU, mtu) ||
	    (locked && nla_put_u32(msg, RTAX_LOCK, 1 << RTAX_MTU)))
		return -ENOMEM;
	nla_nest_end(msg, metrics);
	return 0;
}

uint32_t net_route_mtu(struct nlmsghdr *h)
{
	struct nlattr *metrics = nlmsg_find_attr(h, sizeof(struct rtmsg), RTA_METRICS);
	struct nlattr *mtu =
		metrics ? nla_find(nla_data(metrics), nla_len(metrics), RTAX_MTU) : NULL;

	return mtu ? nla_get_u32(mtu) : 0;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;
	int err = a->parse && !a->error ? a->parse(nlmsg_hdr(msg), a->arg) : 0;

	if (err)
		a->error = err;
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	(void)msg;
	a->ended = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	struct answer *a = arg;

	(void)who;
	a->ended = true;
	a->error = e->error;
	return NL_STOP;
}

static int receive_answer(struct net *n, struct nl_cb *cb, struct answer *a)
{
	int err;

	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, a);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, a);
	while (!a->ended) {
		err = nl_recvmsgs(n->sock, cb);
		if (a->ended && err == -NLE_DUMP_INTR)
			return -EINTR;
		if (!a->ended && err < 0 && err != -NLE_INTR && err != -NLE_AGAIN)
			return -EIO;
	}
	return a->error;
}

int net_request(struct net *n, struct nl_msg *msg, int put_error, net_parse *parse, void *arg)
{
	struct answer a = {.parse = parse, .arg = arg};
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = -ENOMEM;

	if (!msg || !cb || put_error)
		goto out;
	net_flush(n);
	errno = 0;
	if (nl_send_auto(n->sock, msg) < 0) {
		err = errno ? -errno : -EIO;
		goto out;
	}
	err = receive_answer(n, cb, &a);
out:
	nl_cb_put(cb);
	nlmsg_free(msg);
	return err;
}
