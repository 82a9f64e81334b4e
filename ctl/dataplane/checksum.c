// SPDX-License-Identifier: GPL-2.0-only
/* Internet checksums, see checksum.h. */
#include "dataplane/checksum.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "wire/checksum.h"

int checksum_complete(uint8_t *packet, size_t len, size_t start, size_t offset)
{
	uint16_t sum;

	if (len < 2 || start > len - 2 || offset > len - 2 - start)
		return -EBADMSG;
	sum = checksum_of(checksum_add(0, packet + start, len - start));
	/* Zero would say "no checksum" in UDP (RFC 768); to the others both are the same number. */
	sum = htons(sum ? sum : 0xffff);
	memcpy(packet + start + offset, &sum, sizeof(sum));
	return 0;
}
