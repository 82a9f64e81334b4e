// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secrets: from the configuration itself, or from the first line of a file that only its owner may
 * read. The text of a secret is in no message, and every copy is cleared before it is freed.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First line of a file: its length, without the newline, or -errno. Only a regular file cannot keep
 * us waiting. */
static ssize_t read_line(int fd, char *buf, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room) {
		n = read(fd, buf + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
		if (memchr(buf, '\n', len))
			break;
	}
	for (size_t i = 0; i < len; i++)
		if (buf[i] == '\n')
			len = i;
	if (len && buf[len - 1] == '\r')
		len--;
	return (ssize_t)len;
}

/* Says what is wrong with the file itself; 0 if nothing is. */
static int file_is_fit(const struct place *at, const char *key, const char *path, int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		mistake(at, key, "cannot read %s: %s", path, strerror(errno));
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode)) {
		mistake(at, key,
			"%s is not a regular file, give one whose first line is the secret", path);
		return -EINVAL;
	}
	if (st.st_mode & (S_IROTH | S_IWOTH)) {
		mistake(at, key, "%s is open to everybody, run: chmod o-rwx %s", path, path);
		return -EINVAL;
	}
	return 0;
}

static char *secret_of_file(const struct place *at, const char *key, const char *name, size_t max)
{
	char path[4096], line[1024], *secret = NULL;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : at->r->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file_is_fit(at, key, path, fd))
		goto out;
	len = read_line(fd, line, sizeof(line));
	if (len < 0)
		mistake(at, key, "cannot read %s: %s", path, strerror((int)-len));
	else if (!len)
		mistake(at, key, "%s is empty, its first line must be the secret", path);
	else if ((size_t)len > max)
		mistake(at, key, "the first line of %s is too long, a secret has at most %zu bytes",
			path, max);
	else if (memchr(line, 0, (size_t)len))
		mistake(at, key,
			"the first line of %s has a NUL character in it, give a line of text",
			path);
	else
		secret = strndup(line, (size_t)len);
	explicit_bzero(line, sizeof(line));
out:
	if (fd >= 0)
		close(fd);
	return secret;
}

char *value_secret(const struct place *at, const char *key, const char *raw, const char *raw_file,
		   size_t max)
{
	char file_key[32];

	snprintf(file_key, sizeof(file_key), "%s-file", key);
	if (raw && raw_file) {
		mistake(at, file_key, "%s is given too, leave one of them out", key);
		return NULL;
	}
	if (raw_file && *raw_file)
		return secret_of_file(at, file_key, raw_file, max);
	if (raw_file)
		mistake(at, file_key,
			"is empty, give the name of a file whose first line is the secret");
	if (!raw)
		return NULL;
	if (*raw && strlen(raw) <= max)
		return reader_copy(at->r, raw);
	if (!*raw)
		mistake(at, key, "is empty, give it a value or leave the key out");
	else
		mistake(at, key, "has %zu bytes, give at most %zu", strlen(raw), max);
	return NULL;
}
