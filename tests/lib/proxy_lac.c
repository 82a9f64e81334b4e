// SPDX-License-Identifier: GPL-2.0-only
/*
 * A LAC with one caller, whose LCP and login it has already done itself and tells of in the ICCN
 * (RFC 2661 4.4.5). Bytes by hand, none of l2x's code.
 *
 *   proxy_lac LNS SENT-MRU pap|chap NAME RESPONSE PASSWORD
 *
 * SENT-MRU and the method are what the LAC had asked of the caller; RESPONSE is the caller's, in
 * hex: its PAP password, or the answer to proxy_lac's only challenge, CHALLENGE, with identifier 7.
 * PASSWORD is what the caller says when it is asked anew, by PAP. Once IPCP is open, a WEN tells of 4711 CRC errors. All that the LNS does is said on
 * stdout, a word a line. Runs until the tunnel is closed or a signal comes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CHALLENGE "0123456789abcdef"
#define LOGIN_ID  7
#define TUNNEL	  11
#define SESSION	  22

enum { SCCRQ = 1, SCCRP, SCCCN, STOPCCN, HELLO = 6, ICRQ = 10, ICRP, ICCN, CDN = 14, WEN, SLI };
enum { LCP = 0xc021, PAP = 0xc023, CHAP = 0xc223, IPCP = 0x8021 };
enum { REQUEST = 1, ACK, NAK, REJECT, TERMINATE, TERMINATE_ACK, PROTOCOL_REJECT = 8, ECHO, REPLY };

static const uint8_t magic[] = {0x0a, 0x0b, 0x0c, 0x0d};

struct bytes {
	uint8_t b[1500];
	size_t len;
};

struct lac {
	int fd;
	uint16_t tunnel, session, ns, nr; /* ids of the LNS */
	struct bytes unanswered[4];	  /* messages by Ns: no more are on their way */
	uint16_t answered;
	uint16_t mru;
	bool chap;
	const char *name, *password;
	struct bytes response;
	uint8_t address[4]; /* the caller's */
};

static void put(struct bytes *m, const void *p, size_t len)
{
	if (m->len + len > sizeof(m->b))
		abort();
	memcpy(m->b + m->len, p, len);
	m->len += len;
}

static void put16(struct bytes *m, unsigned v)
{
	put(m, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static void write16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void avp(struct bytes *m, unsigned attribute, const void *value, size_t len)
{
	put16(m, 0x8000 | (unsigned)(6 + len));
	put16(m, 0);
	put16(m, attribute);
	put(m, value, len);
}

static void avp16(struct bytes *m, unsigned attribute, unsigned value)
{
	avp(m, attribute, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void avp32(struct bytes *m, unsigned attribute, unsigned value)
{
	avp(m, attribute, (uint8_t[]){0, 0, (uint8_t)(value >> 8), (uint8_t)value}, 4);
}

static void transmit(struct lac *l, const struct bytes *m)
{
	if (send(l->fd, m->b, m->len, 0) < 0 && errno != ECONNREFUSED)
		perror("send");
}

/* The header of RFC 2661 3.1, with its length at the end of the message's making. */
static void begin(struct lac *l, struct bytes *m, unsigned session, unsigned type)
{
	m->len = 0;
	put16(m, 0xc802);
	put16(m, 0);
	put16(m, l->tunnel);
	put16(m, session);
	put16(m, l->ns);
	put16(m, l->nr);
	if (type)
		avp16(m, 0, type);
}

static void finish(struct lac *l, struct bytes *m)
{
	write16(m->b + 2, (unsigned)m->len);
	l->unanswered[l->ns++ % 4] = *m;
	transmit(l, m);
}

static void send_zlb(struct lac *l)
{
	struct bytes m;

	begin(l, &m, 0, 0);
	write16(m.b + 2, (unsigned)m.len);
	transmit(l, &m);
}

static void send_sccrq(struct lac *l)
{
	struct bytes m;

	begin(l, &m, 0, SCCRQ);
	avp16(&m, 2, 0x0100);
	avp32(&m, 3, 3);
	avp(&m, 7, "lab-lac", 7);
	avp16(&m, 9, TUNNEL);
	finish(l, &m);
}

static void send_scccn_and_icrq(struct lac *l)
{
	struct bytes m;

	begin(l, &m, 0, SCCCN);
	finish(l, &m);
	begin(l, &m, 0, ICRQ);
	avp16(&m, 14, SESSION);
	avp32(&m, 15, 1);
	finish(l, &m);
}

/* What the caller had asked for, which has no MRU. */
static void caller_options(struct bytes *o)
{
	put(o, (uint8_t[]){5, 6}, 2);
	put(o, magic, 4);
}

static void send_iccn(struct lac *l)
{
	struct bytes m, asked = {.len = 0}, sent = {.len = 0};

	caller_options(&asked);
	put(&sent, (uint8_t[]){1, 4, (uint8_t)(l->mru >> 8), (uint8_t)l->mru}, 4);
	if (l->chap)
		put(&sent, (uint8_t[]){3, 5, 0xc2, 0x23, 5}, 5);
	else
		put(&sent, (uint8_t[]){3, 4, 0xc0, 0x23}, 4);
	put(&sent, (uint8_t[]){5, 6, 1, 2, 3, 4}, 6);
	begin(l, &m, l->session, ICCN);
	avp32(&m, 24, 19200);
	avp32(&m, 19, 1);
	avp32(&m, 38, 9600);
	avp(&m, 26, asked.b, asked.len);
	avp(&m, 27, sent.b, sent.len);
	avp(&m, 28, asked.b, asked.len);
	avp16(&m, 29, l->chap ? 2 : 3);
	avp(&m, 30, l->name, strlen(l->name));
	if (l->chap)
		avp(&m, 31, CHALLENGE, strlen(CHALLENGE));
	avp16(&m, 32, LOGIN_ID);
	avp(&m, 33, l->response.b, l->response.len);
	finish(l, &m);
}

static void send_ppp(struct lac *l, unsigned protocol, unsigned code, unsigned id, const void *p,
		     size_t len)
{
	struct bytes m = {.len = 0};

	put16(&m, 0x0002);
	put16(&m, l->tunnel);
	put16(&m, l->session);
	put16(&m, 0xff03);
	put16(&m, protocol);
	put(&m, (uint8_t[]){(uint8_t)code, (uint8_t)id}, 2);
	put16(&m, (unsigned)(4 + len));
	put(&m, p, len);
	transmit(l, &m);
}

static void send_ipcp_request(struct lac *l, unsigned id)
{
	uint8_t option[6] = {3, 6};

	memcpy(option + 2, l->address, 4);
	send_ppp(l, IPCP, REQUEST, id, option, sizeof(option));
}

static void send_pap_login(struct lac *l)
{
	uint8_t name = (uint8_t)strlen(l->name), word = (uint8_t)strlen(l->password);
	struct bytes m = {.len = 0};

	put(&m, &name, 1);
	put(&m, l->name, name);
	put(&m, &word, 1);
	put(&m, l->password, word);
	send_ppp(l, PAP, REQUEST, 1, m.b, m.len);
}

/* p: a packet behind its code, identifier and length. */
static void take_lcp(struct lac *l, unsigned code, unsigned id, const uint8_t *p, size_t len)
{
	struct bytes own = {.len = 0};

	switch (code) {
	case REQUEST:
		puts("lcp-request");
		send_ppp(l, LCP, ACK, id, p, len);
		caller_options(&own);
		send_ppp(l, LCP, REQUEST, 1, own.b, own.len);
		break;
	case ACK:
		puts("lcp-open");
		send_pap_login(l);
		break;
	case TERMINATE:
		puts("lcp-terminate");
		send_ppp(l, LCP, TERMINATE_ACK, id, p, len);
		break;
	case ECHO:
		send_ppp(l, LCP, REPLY, id, magic, sizeof(magic));
		break;
	}
}

static void send_wen(struct lac *l)
{
	const uint8_t errors[26] = {0, 0, 0, 0, 4711 >> 8, 4711 & 0xff};
	struct bytes m;

	begin(l, &m, l->session, WEN);
	avp(&m, 34, errors, sizeof(errors));
	finish(l, &m);
}

static void take_ipcp(struct lac *l, unsigned code, unsigned id, const uint8_t *p, size_t len)
{
	switch (code) {
	case REQUEST:
		send_ppp(l, IPCP, ACK, id, p, len);
		break;
	case NAK:
		if (len != 6 || p[0] != 3)
			break;
		memcpy(l->address, p + 2, 4);
		send_ipcp_request(l, id + 1);
		break;
	case ACK:
		printf("ipcp-open %u.%u.%u.%u\n", l->address[0], l->address[1], l->address[2],
		       l->address[3]);
		send_wen(l);
		break;
	}
}

static void take_ppp(struct lac *l, const uint8_t *p, size_t len)
{
	unsigned protocol, code, id, body;

	if (len >= 2 && get16(p) == 0xff03) {
		p += 2;
		len -= 2;
	}
	if (len < 6)
		return;
	protocol = get16(p);
	code = p[2];
	id = p[3];
	body = get16(p + 4);
	if (body < 4 || body > len - 2)
		return;
	if (protocol == LCP) {
		take_lcp(l, code, id, p + 6, body - 4);
	} else if (protocol == IPCP) {
		take_ipcp(l, code, id, p + 6, body - 4);
	} else if ((protocol == PAP && code == 2) || (protocol == CHAP && code == 3)) {
		printf("%s-accepted %u\n", protocol == PAP ? "pap" : "chap", id);
		send_ipcp_request(l, 1);
	} else if ((protocol == PAP && code == 3) || (protocol == CHAP && code == 4)) {
		printf("%s-refused\n", protocol == PAP ? "pap" : "chap");
	} else if (protocol == CHAP) {
		puts("chap-challenge");
	} else {
		send_ppp(l, LCP, PROTOCOL_REJECT, id, p, body + 2);
	}
}

/* The value of an AVP that has so many bytes at least, or NULL. */
static const uint8_t *find(const uint8_t *m, size_t len, unsigned attribute, size_t least)
{
	for (size_t at = 12; at + 6 + least <= len; at += get16(m + at) & 0x3ff) {
		if (get16(m + at + 4) == attribute)
			return m + at + 6;
		if ((get16(m + at) & 0x3ff) < 6)
			break;
	}
	return NULL;
}

/* Of 16 bits, or 0. */
static unsigned find16(const uint8_t *m, size_t len, unsigned attribute)
{
	const uint8_t *value = find(m, len, attribute, 2);

	return value ? get16(value) : 0;
}

/* RFC 2661 4.4.6: two bytes that mean nothing, and what to send and to receive. */
static void take_accm(const uint8_t *m, size_t len)
{
	const uint8_t *accm = find(m, len, 35, 10);

	if (accm)
		printf("accm %04x%04x %04x%04x\n", get16(accm + 2), get16(accm + 4),
		       get16(accm + 6), get16(accm + 8));
}

/* False: the tunnel is closed. */
static bool take_control(struct lac *l, const uint8_t *m, size_t len)
{
	unsigned type = find16(m, len, 0);
	uint16_t nr = (uint16_t)get16(m + 10);

	if ((int16_t)(nr - l->answered) > 0 && nr <= l->ns)
		l->answered = nr;
	if (!type || get16(m + 8) != l->nr) {
		if (type) /* a repetition */
			send_zlb(l);
		return true;
	}
	l->nr++;
	if (type == SCCRP) {
		l->tunnel = (uint16_t)find16(m, len, 9);
		send_scccn_and_icrq(l);
	} else if (type == ICRP) {
		l->session = (uint16_t)find16(m, len, 14);
		send_iccn(l);
	} else {
		send_zlb(l);
	}
	if (type == SLI)
		take_accm(m, len);
	if (type == CDN)
		puts("cdn");
	if (type == STOPCCN)
		puts("stopccn");
	return type != STOPCCN;
}

static bool take(struct lac *l, const uint8_t *m, size_t len)
{
	if (len >= 12 && get16(m) == 0xc802)
		return take_control(l, m, len);
	/* l2x sends neither length, numbers nor offset unless asked to. */
	if (len > 6 && get16(m) == 0x0002)
		take_ppp(l, m + 6, len - 6);
	return true;
}

static int connect_to(const char *lns)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1701)};
	struct timeval second = {.tv_sec = 1};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || inet_pton(AF_INET, lns, &to.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror(lns);
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct lac l = {.fd = -1};
	bool goes_on = true;

	if (argc != 7 || strlen(argv[4]) > 63 || strlen(argv[6]) > 63) {
		fprintf(stderr, "usage: proxy_lac LNS SENT-MRU pap|chap NAME RESPONSE PASSWORD\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	l.mru = (uint16_t)strtoul(argv[2], NULL, 10);
	l.chap = !strcmp(argv[3], "chap");
	l.name = argv[4];
	for (const char *hex = argv[5]; hex[0] && hex[1]; hex += 2) {
		const char digits[] = {hex[0], hex[1], 0};

		put(&l.response, (uint8_t[]){(uint8_t)strtoul(digits, NULL, 16)}, 1);
	}
	l.password = argv[6];
	l.fd = connect_to(argv[1]);
	send_sccrq(&l);
	while (goes_on) {
		uint8_t m[2048];
		ssize_t n = recv(l.fd, m, sizeof(m), 0);

		if (n > 0)
			goes_on = take(&l, m, (size_t)n);
		else if (l.answered != l.ns)
			transmit(&l, &l.unanswered[l.answered % 4]);
	}
	close(l.fd);
	return 0;
}
