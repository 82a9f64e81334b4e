// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PPP link fed by a hostile peer, and opened by a hostile LAC. The first byte of the input
 * chooses who we are (LNS or LAC, which authentication) and how far the link gets by itself,
 * against a peer of our own, before the input takes the peer's place: so every phase is reached. Or
 * it opens the link with what a LAC says. Then frames follow, each behind a byte that says its
 * length or, above 240, what else happens: time passes, the owner answers, the owner closes. All
 * frames also go through the debug texts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ppp_pair.h"
#include "wire/ppp_names.h"
#include "wire/ppp_text.h"

static struct pair pair;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void texts(const uint8_t *frame, size_t len)
{
	char text[512], small[16];

	ppp_frame_text(text, sizeof(text), frame, len);
	ppp_frame_text(small, sizeof(small), frame, len);
	ppp_frame_text(small, 1, frame, len);
	for (const char *s = text; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			abort();
	if (len) {
		struct ppp_option o = {.type = frame[0],
				       .len = (uint8_t)(len - 1),
				       .data = frame + 1};

		ppp_option_text(text, sizeof(text), PPP_PROTO_LCP, &o);
		ppp_option_text(text, sizeof(text), PPP_PROTO_IPCP, &o);
		ppp_option_text(text, sizeof(text), PPP_PROTO_IPV6CP, &o);
	}
}

static void configure(struct pair *p, uint8_t how)
{
	static const unsigned demands[] = {
		0,
		PPP_AUTH_BIT(PPP_AUTH_PAP),
		PPP_AUTH_BIT(PPP_AUTH_CHAP_MD5),
		PPP_AUTH_ALL,
	};

	pair_demand(&p->end[0], demands[how & 3]);
	p->end[0].config.echo_interval = 5000;
	p->end[0].config.rechallenge = 8000;
	p->end[0].name = how & 3 ? "alice" : NULL;
	p->end[0].late = how & 4;
	p->end[1].config.echo_interval = 7000;
	if (how & 8)
		p->end[1].config.offer = 0;
}

/* What a LAC says that it negotiated, each behind a byte that says its length; returns how much of
 * the input it was. */
static size_t open_proxied(struct pair *p, const uint8_t *data, size_t size)
{
	struct ppp_proxy x = {0};
	struct ppp_bytes *parts[] = {&x.initial,   &x.last_sent,      &x.last_received,
				     &x.auth_name, &x.auth_challenge, &x.auth_response};
	struct rbuf b = rbuf_of(data, size);

	x.auth_type = rbuf_u8(&b) & 7;
	x.auth_id = rbuf_u8(&b);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		parts[i]->len = rbuf_u8(&b);
		parts[i]->p = rbuf_take(&b, parts[i]->len);
		if (b.short_read)
			*parts[i] = (struct ppp_bytes){0};
	}
	pair_make(p, 0);
	pair_make(p, 1);
	ppp_open_proxied(p->end[0].ppp, &x);
	return size - rbuf_left(&b);
}

static void other_event(struct pair *p, int which, uint8_t what)
{
	struct end *e = &p->end[which];

	switch (what) {
	case 255:
		pair_run(p, 1000);
		break;
	case 254:
		pair_run(p, 10000);
		break;
	case 253:
		ppp_accept(e->ppp, &e->given, "late");
		break;
	case 252:
		ppp_refuse(e->ppp, NULL);
		break;
	case 251:
		ppp_close(e->ppp, "fuzz");
		break;
	default:
		pair_run(p, 100);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pair *p = &pair;
	uint8_t how;
	int which;

	if (size < 2)
		return 0;
	texts(data, size);
	how = data[0];
	pair_init(p, 7);
	configure(p, how);
	which = how >> 4 & 1;
	data += 1;
	size -= 1;
	if (how >> 5 == 7) {
		size_t used = open_proxied(p, data, size);

		which = 0;
		data += used;
		size -= used;
	} else {
		pair_open(p);
	}
	/* A round trip is 20 ms, so these are LCP, authentication, the network phase, all quiet. */
	pair_run(p, (uint64_t)(how >> 5) * 16);
	p->cut = true;
	p->count = 0;
	while (size) {
		size_t len = *data++;

		size--;
		if (len > 240) {
			other_event(p, which, (uint8_t)len);
			continue;
		}
		if (len > size)
			len = size;
		texts(data, len);
		pair_input(p, which, data, len);
		data += len;
		size -= len;
	}
	pair_run(p, 100000);
	if (p->end[which].ends > 1)
		abort();
	pair_free(p);
	return 0;
}
