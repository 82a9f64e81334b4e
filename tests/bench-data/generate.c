// SPDX-License-Identifier: GPL-2.0-only
/* The load: templates of frames, and the thread that sends them, see bench.h. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"
#include "l2x/wire.h"
#include "load.skel.h"

#define FRAMES_A_RUN (1 << 18) /* between two, the kernel waits a while */

static uint16_t sum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t s = 0;

	for (size_t i = 0; i < len / 2; i++)
		s += p[i];
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static uint8_t *put_ip(uint8_t *at, const char *source, const char *destination, size_t len)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)len),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = inet_addr(source),
		.daddr = inet_addr(destination),
	};
	struct udphdr udp = {.source = htons(1701),
			     .dest = htons(1701),
			     .len = htons((uint16_t)(len - sizeof(ip)))};

	ip.check = sum(&ip, sizeof(ip));
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), &udp, sizeof(udp));
	return at + sizeof(ip) + sizeof(udp);
}

/* An inner packet; tunnelled if outer is given: its source and destination. Of session 1 of tunnel
 * 1. Addresses that flows replace are 0.0.0.0. */
void frame_build(struct load *l, enum load_kind kind, const char *const outer[2],
		 const char *source, const char *destination)
{
	static const uint8_t head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
	static const uint8_t l2tp[] = {0, 2, 0, 1, 0, 1}, ns_nr[4], ppp[] = {0xff, 3, 0, 0x21};
	const size_t numbers = kind == LOAD_IS_COPIES ? sizeof(ns_nr) : 0;
	uint8_t *at = l->frame + sizeof(head);

	l->kind = kind;
	l->window = 0;
	memset(l->frame, 0, sizeof(l->frame));
	memcpy(l->frame, head, sizeof(head));
	if (kind != LOAD_IS_PLAIN) {
		at = put_ip(at, outer[0], outer[1], LOAD_OUTER + numbers + LOAD_INNER);
		memcpy(at, l2tp, sizeof(l2tp));
		*at |= numbers ? L2TP_S >> 8 : 0;
		at += sizeof(l2tp) + numbers;
		memcpy(at, ppp, sizeof(ppp));
		at += sizeof(ppp);
	}
	put_ip(at, source, destination, LOAD_INNER);
}

void load_sessions(struct bench *b, unsigned n, bool receive)
{
	const char *const outer[] = {n > 1 ? "0.0.0.0" : "192.0.2.2", "192.0.2.1"};
	const char *subscriber = n > 1 ? "0.0.0.0" : "10.64.0.1";
	struct load *l = &b->load->bss->load;

	l->ifindex = b->l0;
	l->first = 0;
	l->flows = n;
	l->sink_len = receive ? LOAD_PLAIN : LOAD_L2TP;
	if (receive)
		frame_build(l, LOAD_IS_TUNNELLED, outer, subscriber, "198.51.100.2");
	else
		frame_build(l, LOAD_IS_PLAIN, NULL, "192.0.2.2", subscriber);
}

void frame_make_tcp(struct load *l)
{
	uint8_t *at = l->frame + LOAD_L2TP - LOAD_INNER;
	struct tcphdr tcp = {.source = htons(1701), .dest = htons(80), .doff = 5, .ack = 1};
	struct iphdr ip;

	if (l->kind != LOAD_IS_TUNNELLED)
		die("a TCP segment outside of a tunnel");
	memcpy(&ip, at, sizeof(ip));
	ip.protocol = IPPROTO_TCP;
	ip.check = 0;
	ip.check = sum(&ip, sizeof(ip));
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), &tcp, sizeof(tcp));
}

static void *generate(void *arg)
{
	static const uint32_t sizes[] = {LOAD_PLAIN, LOAD_L2TP, LOAD_L2TP, LOAD_COPY};
	struct bench *b = arg;
	uint8_t frame[LOAD_COPY] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizes[b->load->bss->load.kind],
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 256, .repeat = FRAMES_A_RUN);

	lab_enter(b->at_load);
	pin_to(0, CORE_LOAD);
	while (!b->stop)
		if (bpf_prog_test_run_opts(bpf_program__fd(b->load->progs.load_generate), &opts) &&
		    errno != EINTR)
			die("BPF_PROG_TEST_RUN: %s", strerror(errno));
	return NULL;
}

void generator_start(struct bench *b)
{
	b->stop = false;
	b->load->bss->turn.in_vain = LOAD_GIVE_UP; /* what was on its way is not any more */
	must(!pthread_create(&b->generator, NULL, generate, b), "pthread_create");
}

void generator_stop(struct bench *b)
{
	b->stop = true;
	pthread_join(b->generator, NULL);
}
