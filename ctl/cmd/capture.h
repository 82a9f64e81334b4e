/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside l2x capture. */
#ifndef L2X_CMD_CAPTURE_H
#define L2X_CMD_CAPTURE_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include "wire/capture.h"

#define CAPTURE_USAGE                                                                     \
	"[-s SOCKET] session NAME|set NAME|tunnel NAME|--user PATTERN|--calling PATTERN " \
	"[--content|--wrapper] [-w FILE] [--count N] [--seconds N] [FILTER]"

/* What is asked for. */
struct capture_job {
	const char *socket, *kind, *name, *user, *calling, *file, *filter;
	bool content;
	uint64_t count, seconds; /* 0: no end */
};

/* Where it goes. */
struct capture_out {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	struct bpf_program filter;
	bool filtered, enough;
	uint64_t taken, missed;
	size_t used;
	uint8_t buf[4 * (sizeof(struct capture_record) + CAPTURE_RECORD_MAX)];
};

#endif
