// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is shared with the BPF programs, see memory.h. */
#include "dataplane/memory.h"

#include <sys/mman.h>
#include <unistd.h>

void *memory_map(int fd, size_t *size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *at;

	*size = (*size + page - 1) / page * page;
	at = mmap(NULL, *size, PROT_READ | PROT_WRITE, flags, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}
