/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libbpf's messages in our log. libbpf has one print function for the process and gives it no
 * context, so this is the one place with a variable of its own.
 */
#ifndef L2X_DATAPLANE_BPF_LOG_H
#define L2X_DATAPLANE_BPF_LOG_H

#include <stdbool.h>
#include "base/log.h"

void bpf_log_to(const struct logger *log); /* NULL: nowhere */
/* While programs are loaded, warnings are errors and the verifier's last words are shown. */
void bpf_log_loading(bool loading);

#endif
