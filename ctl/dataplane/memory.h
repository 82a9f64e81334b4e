/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is shared with the BPF programs, where there are any. */
#ifndef L2X_DATAPLANE_MEMORY_H
#define L2X_DATAPLANE_MEMORY_H

#include <stddef.h>

/* A map that may be mapped, its first *size bytes; fd -1: memory of zeros. *size is rounded up to
 * whole pages, for munmap(). NULL: errno says why. */
void *memory_map(int fd, size_t *size);

#endif
