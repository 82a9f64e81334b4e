// SPDX-License-Identifier: GPL-2.0-only
/* Internet checksums, see checksum.h. */
#include "dataplane/checksum.h"

#include <errno.h>
#include <string.h>

int checksum_complete(uint8_t *packet, size_t len, size_t start, size_t offset)
{
	uint64_t sum = 0;
	uint16_t word;

	if (len < 2 || start > len - 2 || offset > len - 2 - start)
		return -EBADMSG;
	/* Sums of 16-bit words do not depend on the byte order that they are read in (RFC 1071 2).
	 */
	for (size_t i = start; i + 1 < len; i += 2) {
		memcpy(&word, packet + i, 2);
		sum += word;
	}
	if ((len - start) & 1) {
		word = 0;
		memcpy(&word, packet + len - 1, 1);
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	word = (uint16_t)~sum;
	/* Zero would say "no checksum" in UDP (RFC 768); to the others both are the same number. */
	if (!word)
		word = 0xffff;
	memcpy(packet + start + offset, &word, 2);
	return 0;
}
