// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a request to the HTTP port: parsed, its query asked, its authorization looked at. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "api/http.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char *text = malloc(len + 1), value[32];
	struct http_request r;
	int status;

	memcpy(text, data, len);
	text[len] = 0;
	status = http_parse(text, len, &r);
	assert(!status || (status >= 400 && status < 600));
	if (!status) {
		assert(r.path && *r.path == '/');
		if (http_query(&r, "line", value, sizeof(value)))
			assert(strlen(value) < sizeof(value));
		http_allowed(&r, NULL);
		assert(!http_allowed(&r, "0123456789abcdef0123456789abcdef") || r.authorization);
	}
	free(text);
	return 0;
}
