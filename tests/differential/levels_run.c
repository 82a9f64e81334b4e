// SPDX-License-Identifier: GPL-2.0-only
/* Packets through the levels, and what comes out, see levels.h. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "l2x/wire.h"
#include "levels.h"

#define ETH	14
#define WAIT_MS 10000

void levels_counters_bpf(struct levels *l, struct l2x_counters all[LEVELS_COUNTERS])
{
	memset(all, 0, LEVELS_COUNTERS * sizeof(*all));
	lab_counters(l->lab.bpf, 0, &all[0]);
	for (size_t i = 0; i < model_session_count; i++)
		lab_counters(l->lab.bpf, levels_index(&model_sessions[i]),
			     &all[levels_index(&model_sessions[i])]);
}

void levels_counters_user(struct levels *l, struct l2x_counters all[LEVELS_COUNTERS])
{
	memset(all, 0, LEVELS_COUNTERS * sizeof(*all));
	assert_int_equal(dataplane_global_counters(l->dp, &all[0]), 0);
	for (size_t i = 0; i < model_session_count; i++) {
		const struct known *s = &model_sessions[i];

		assert_int_equal(dataplane_session_counters(l->dp,
							    (struct l2x_session_key){MODEL_TUNNEL,
										     s->id},
							    &all[levels_index(s)]),
				 0);
	}
}

static uint32_t test_run(const struct bpf_program *prog, void *ctx, uint32_t ctx_len,
			 const struct packet *in, struct packet *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->data, .data_size_in = (__u32)in->len,
		    .data_out = out->data, .data_size_out = sizeof(out->data), .ctx_in = ctx,
		    .ctx_size_in = ctx_len);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	out->len = opts.data_size_out;
	return opts.retval;
}

uint32_t levels_xdp(struct levels *l, bool from_peer, const struct packet *in, struct packet *out)
{
	struct xdp_md md = {.data_end = (__u32)in->len,
			    .ingress_ifindex = from_peer ? l->lab.under : l->lab.pay};

	return test_run(l->lab.bpf->progs.l2x_xdp, &md, sizeof(md), in, out);
}

uint32_t levels_tc_ingress(struct levels *l, const struct packet *in, struct packet *out)
{
	struct __sk_buff skb = {.ifindex = l->lab.under};

	return test_run(l->lab.bpf->progs.l2x_tc_ingress, &skb, sizeof(skb), in, out);
}

static void send_frame(int fd, const struct packet *p)
{
	assert_int_equal(send(fd, p->data, p->len, 0), p->len);
}

/* Out by the TUN netdev, as the kernel would. */
static void send_netdev(int fd, unsigned ifindex, const struct packet *p)
{
	const bool v6 = p->data[ETH] >> 4 == 6;
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
				       .sll_ifindex = (int)ifindex,
				       .sll_protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_IP)};

	ssize_t n = sendto(fd, p->data + ETH, p->len - ETH, 0, (const struct sockaddr *)&to,
			   sizeof(to));

	/* That is what a sender gets to know of a drop. */
	assert_true(n == (ssize_t)(p->len - ETH) || (n < 0 && errno == ENOBUFS));
}

void levels_tc_tagged(struct levels *l, const struct packet *in)
{
	send_frame(l->underp, in);
}

void levels_tc_egress(struct levels *l, const struct packet *in)
{
	send_netdev(l->netdev_tc, l->lab.netdev, in);
}

static time_t deadline(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* What is sent behind a packet, and is seen, tells that the packet has been dealt with. */
void levels_user_receive(struct levels *l, const struct packet *in)
{
	static const struct spec spec = {.to = MAC_UNDER,
					 .from = MAC_PEER,
					 .outer = 4,
					 .osport = LEVELS_FENCE_PORT,
					 .l2tp = L2TP_T | 2};
	const time_t until = deadline() + WAIT_MS / 1000;
	const unsigned fence = l->fence;
	struct packet marker;

	packet_build(&marker, &spec);
	send_frame(l->oraclep, in);
	send_frame(l->oraclep, &marker);
	while (l->fence == fence && deadline() <= until)
		event_base_loop(l->base, EVLOOP_NONBLOCK);
	assert_int_equal(l->fence, fence + 1);
}

static uint64_t sum_user(struct levels *l)
{
	struct l2x_counters all[LEVELS_COUNTERS];
	uint64_t sum = 0;

	levels_counters_user(l, all);
	for (size_t i = 0; i < LEVELS_COUNTERS; i++) {
		sum += all[i].tx[L2X_LEVEL_USER].packets;
		for (int r = 0; r < L2X_REASON_COUNT; r++)
			sum += all[i].drops[r];
	}
	return sum;
}

/* Each packet out of the netdev is counted, whatever becomes of it. */
void levels_user_transmit(struct levels *l, const struct packet *in)
{
	const time_t until = deadline() + WAIT_MS / 1000;
	const uint64_t before = sum_user(l);

	send_netdev(l->netdev_user, l->netdev, in);
	do
		event_base_loop(l->base, EVLOOP_NONBLOCK);
	while (sum_user(l) == before && deadline() <= until);
	assert_int_equal(sum_user(l), before + 1);
}

/* What the kernel itself says on l2x0, whatever one does: an MLDv2 report (RFC 3810 5.2). */
static bool is_report(const struct packet *p)
{
	return p->len > 48 && p->data[0] == 0x60 && p->data[6] == 0 && p->data[40] == 58 &&
	       p->data[48] == 143;
}

bool levels_next(int fd, struct packet *p)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	do {
		if (poll(&pfd, 1, WAIT_MS) != 1)
			return false;
		n = read(fd, p->data, sizeof(p->data));
		assert_true(n > 0);
		p->len = (size_t)n;
	} while (is_report(p));
	return true;
}

unsigned levels_next_payload(int fd, struct packet *p)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from = {0};
	struct iovec iov = {p->data, sizeof(p->data)};
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	const struct tpacket_auxdata *aux;
	ssize_t n;

	if (poll(&pfd, 1, WAIT_MS) != 1)
		return 0;
	n = recvmsg(fd, &msg, 0);
	assert_true(n > 0 && CMSG_FIRSTHDR(&msg));
	p->len = (size_t)n;
	aux = (const struct tpacket_auxdata *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	return aux->tp_status & TP_STATUS_VLAN_VALID ? ETH_P_8021Q : ntohs(from.sll_protocol);
}

static unsigned get16(const struct packet *p, size_t off)
{
	return (unsigned)p->data[off] << 8 | p->data[off + 1];
}

static void set16(struct packet *p, size_t off, unsigned v)
{
	p->data[off] = (uint8_t)(v >> 8);
	p->data[off + 1] = (uint8_t)v;
}

/* RFC 8200 4.5 */
static bool is_fragment6(const struct packet *p)
{
	return p->len > ETH + 48 && p->data[ETH] >> 4 == 6 && p->data[ETH + 6] == 44 &&
	       p->data[ETH + 40] == IPPROTO_UDP;
}

/* The kernel itself has things to say on under0 too: neighbours are asked for. */
static bool is_udp(const struct packet *p)
{
	if (p->len < ETH + 20)
		return false;
	return get16(p, ETH - 2) == 0x0800
		       ? p->data[ETH + 9] == IPPROTO_UDP
		       : get16(p, ETH - 2) == 0x86dd &&
				 (p->data[ETH + 6] == IPPROTO_UDP || is_fragment6(p));
}

/* The bits and the offset, as IPv4 has them; behind which header. */
static unsigned fragment_of(const struct packet *p, size_t *behind)
{
	unsigned v;

	if (p->data[ETH] >> 4 == 4) {
		*behind = ETH + 20;
		return get16(p, ETH + 6) & 0x3fff;
	}
	*behind = ETH + 40;
	if (!is_fragment6(p))
		return 0;
	*behind += 8;
	v = get16(p, ETH + 42);
	return (v & 1) << 13 | v >> 3;
}

/* Without its fragment header, as one packet. */
static void whole(struct packet *p)
{
	if (p->data[ETH] >> 4 == 4) {
		set16(p, ETH + 6, get16(p, ETH + 6) & 0x4000);
		set16(p, ETH + 2, (unsigned)p->len - ETH);
		packet_ip4_fix(p, ETH);
	} else {
		p->data[ETH + 6] = IPPROTO_UDP;
		set16(p, ETH + 4, (unsigned)p->len - ETH - 40);
	}
}

bool levels_next_outer(struct levels *l, struct packet *p)
{
	struct packet part;
	unsigned fragment;
	size_t behind, header = 0;

	p->len = 0;
	do {
		if (!levels_next(l->underp, &part))
			return false;
		fragment = 0x2000;
		if (!is_udp(&part))
			continue;
		fragment = fragment_of(&part, &behind);
		/* The kernel sends the fragments in order. */
		if (p->len) {
			assert_int_equal((fragment & 0x1fff) * 8, p->len - header);
		} else {
			header = part.data[ETH] >> 4 == 4 ? ETH + 20 : ETH + 40;
			memcpy(p->data, part.data, header);
			p->len = header;
		}
		memcpy(p->data + p->len, part.data + behind, part.len - behind);
		p->len += part.len - behind;
	} while (fragment & 0x2000);
	if (fragment)
		whole(p);
	return true;
}
