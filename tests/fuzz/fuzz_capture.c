// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a captured frame, of which the first may be all there is: what is found lies inside. */
#include <assert.h>
#include "wire/capture.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void inside(const struct capture_bytes *part, const struct capture_bytes *all)
{
	assert(part->p >= all->p && part->p + part->cap <= all->p + all->cap);
	assert(part->cap <= part->len);
}

static void content(const struct capture_bytes *message)
{
	const struct l2x_session_key key = {.tunnel_id = 1, .session_id = 2};
	uint8_t buf[CAPTURE_HEADER_MAX];
	struct wbuf b = wbuf_of(buf, sizeof(buf));
	struct capture_bytes found;

	if (capture_put_content(&b, true, key, message, &found))
		return;
	assert(!b.full);
	inside(&found, message);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct capture_bytes frame = {.p = data, .cap = len, .len = len};
	uint8_t buf[CAPTURE_HEADER_MAX];
	struct wbuf b = wbuf_of(buf, sizeof(buf));
	struct capture_outer outer;

	content(&frame);
	if (capture_outer_parse(&frame, &outer))
		return 0;
	inside(&outer.packet, &frame);
	inside(&outer.message, &frame);
	content(&outer.message);
	capture_put_wrapper(&b, &outer.from, &outer.to, &outer.message);
	assert(!b.full);
	return 0;
}
