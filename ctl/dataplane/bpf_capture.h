/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures at the levels of XDP and tc: the programs report frames (bpf/capture.h) from open to close. Those of watched
 * sessions come in the order of their times when they are read.
 */
#ifndef L2X_DATAPLANE_BPF_CAPTURE_H
#define L2X_DATAPLANE_BPF_CAPTURE_H

#include "dataplane/bpf.h"
#include "dataplane/table.h"
#include "l2x/capture.h"
#include "wire/capture.h"

struct bpf_capture;

struct bpf_frame {
	uint64_t ns; /* CLOCK_MONOTONIC */
	bool sent;
	bool dropped;			/* of received ones */
	struct l2x_session_key session; /* of sent ones; received ones say it themselves */
	struct capture_bytes bytes;	/* from the Ethernet header on */
};

struct bpf_capture_setup {
	struct bpf *bpf;
	void (*frame)(void *arg, const struct bpf_frame *f);
	void *arg;
};

int bpf_capture_open(struct bpf_capture **out, const struct bpf_capture_setup *setup);
void bpf_capture_close(struct bpf_capture *c); /* NULL is allowed */

/* Readable when there is more than a little to read; so look from time to time too. */
int bpf_capture_fd(const struct bpf_capture *c);
void bpf_capture_read(struct bpf_capture *c);
/* Frames that found no room, ever. */
uint64_t bpf_capture_missed(const struct bpf_capture *c);

int bpf_capture_watch(struct bpf_capture *c, const struct session *s);
void bpf_capture_unwatch(struct bpf_capture *c, const struct session *s);

#endif
