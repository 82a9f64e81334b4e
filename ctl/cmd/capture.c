// SPDX-License-Identifier: GPL-2.0-only
/*
 * l2x capture: what the controller tells of packets, as a pcap file or stream. Here packets are filtered and
 * counted; that the controller has left some out, because this end or the reader behind it is slow, it
 * tells along with them.
 */
#include "cmd/capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "api/api.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "wire/capture.h"

#define LAST_WORDS_MS \
	3000 /* for the controller to say what it has, when we have said that it is enough */

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* "session NAME", "set NAME", "tunnel NAME", or an option in their place; then the filter. */
static int find_target(struct capture_job *job, int argc, char **argv)
{
	static const char *const kinds[] = {"session", "set", "tunnel"};

	if (job->user && job->calling)
		return -EINVAL;
	if (job->user || job->calling) {
		job->kind = job->user ? "user" : "calling";
		job->name = job->user ? job->user : job->calling;
		return 0;
	}
	if (argc < 2)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(argv[0], kinds[i]))
			job->kind = kinds[i];
	job->name = argv[1];
	return job->kind ? 2 : -EINVAL;
}

static char *join_words(int count, char **words)
{
	size_t len = 1;
	char *text;

	for (int i = 0; i < count; i++)
		len += strlen(words[i]) + 1;
	text = calloc(1, len);
	for (int i = 0; text && i < count; i++) {
		strcat(text, words[i]);
		if (i + 1 < count)
			strcat(text, " ");
	}
	return text;
}

static int parse_count(const char *option, const char *text, uint64_t *out)
{
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (errno || *end || *text == '-' || !*out || *out > UINT32_MAX) {
		fprintf(stderr, "l2x: --%s: \"%s\" is no number from 1 on\n", option, text);
		return -EINVAL;
	}
	return 0;
}

static int open_output(struct capture_out *out, const struct capture_job *job)
{
	const int link = job->content ? DLT_LINUX_SLL : DLT_RAW;
	const bool to_stdout = !job->file || !strcmp(job->file, "-");

	if (to_stdout && isatty(STDOUT_FILENO)) {
		fprintf(stderr, "l2x: packets are no text: give -w FILE, or a reader, as in "
				"`l2x capture ... | tcpdump -nr -`\n");
		return -EINVAL;
	}
	out->pcap = pcap_open_dead_with_tstamp_precision(link, CAPTURE_RECORD_MAX,
							 PCAP_TSTAMP_PRECISION_NANO);
	if (!out->pcap)
		return -ENOMEM;
	if (*job->filter) {
		if (pcap_compile(out->pcap, &out->filter, job->filter, 1, PCAP_NETMASK_UNKNOWN)) {
			fprintf(stderr, "l2x: filter \"%s\": %s\n", job->filter,
				pcap_geterr(out->pcap));
			return -EINVAL;
		}
		out->filtered = true;
	}
	return 0;
}

/* Not before the controller has agreed: so no file is left of a mistake. */
static int open_file(struct capture_out *out, const struct capture_job *job)
{
	out->dumper = pcap_dump_open(out->pcap, job->file ? job->file : "-");
	if (out->dumper && !pcap_dump_flush(out->dumper))
		return 0;
	fprintf(stderr, "l2x: %s\n", pcap_geterr(out->pcap));
	return -EIO;
}

static void close_output(struct capture_out *out)
{
	if (out->filtered)
		pcap_freecode(&out->filter);
	if (out->dumper)
		pcap_dump_close(out->dumper);
	if (out->pcap)
		pcap_close(out->pcap);
}

/* True: it was the last one that is wanted. */
static bool take(struct capture_out *out, const struct capture_job *job,
		 const struct capture_record *r, const uint8_t *bytes)
{
	struct pcap_pkthdr header = {.ts = {.tv_sec = (time_t)(r->ns / 1000000000),
					    .tv_usec = (suseconds_t)(r->ns % 1000000000)},
				     .caplen = r->cap,
				     .len = r->len};

	if (r->missed > out->missed && !out->missed)
		fprintf(stderr, "l2x: falling behind: packets are missed\n");
	out->missed = r->missed;
	if (!r->cap || out->enough ||
	    (out->filtered && !pcap_offline_filter(&out->filter, &header, bytes)))
		return false;
	pcap_dump((u_char *)out->dumper, &header, bytes);
	return ++out->taken == job->count;
}

/* Whole records at the buffer's start; returns how many bytes they were. -EPROTO: no controller of ours. */
static ssize_t take_records(struct capture_out *out, const struct capture_job *job,
			    const uint8_t *buf, size_t len)
{
	struct capture_record r;
	size_t at = 0;

	while (len - at >= sizeof(r)) {
		memcpy(&r, buf + at, sizeof(r));
		if (r.cap > CAPTURE_RECORD_MAX)
			return -EPROTO;
		if (len - at < sizeof(r) + r.cap)
			break;
		if (take(out, job, &r, buf + at + sizeof(r)))
			out->enough = true;
		at += sizeof(r) + r.cap;
	}
	return (ssize_t)at;
}

/* 1: there is something to read; 0: the time is over, or we are told to stop. */
static int await(int fd, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left = deadline - (int64_t)clock_ms();
	int n;

	if (left <= 0 || interrupted)
		return 0;
	n = poll(&p, 1, left < 200 ? (int)left : 200);
	if (n < 0 && errno != EINTR)
		return -errno;
	return n > 0 ? 1 : -EAGAIN;
}

/* What has come is written, and seen by a reader, before there is nothing more to read for now. */
static int receive(int fd, struct capture_out *out, const struct capture_job *job)
{
	ssize_t n = recv(fd, out->buf + out->used, sizeof(out->buf) - out->used, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	out->used += (size_t)n;
	n = take_records(out, job, out->buf, out->used);
	if (n < 0)
		return (int)n;
	out->used -= (size_t)n;
	memmove(out->buf, out->buf + n, out->used);
	if (!pcap_dump_flush(out->dumper))
		return 0;
	return -EPIPE;
}

/* 0, or why it ended before it should. */
static int run(int fd, struct capture_out *out, const struct capture_job *job)
{
	int64_t deadline =
		job->seconds ? (int64_t)clock_ms() + (int64_t)job->seconds * 1000 : INT64_MAX;
	bool told = false;
	int err;

	for (;;) {
		if (!told && (out->enough || interrupted || (int64_t)clock_ms() >= deadline)) {
			out->enough = told = true;
			interrupted = 0;
			shutdown(fd, SHUT_WR);
			deadline = (int64_t)clock_ms() + LAST_WORDS_MS;
		}
		err = await(fd, deadline);
		if (err == 1)
			err = receive(fd, out, job);
		else if (!err && told)
			return 0;
		if (err == -ECONNRESET && told)
			return 0;
		if (err && err != -EAGAIN)
			return err;
	}
}

static int report(const struct capture_out *out, int err)
{
	fprintf(stderr, "%llu packets captured", (unsigned long long)out->taken);
	if (out->missed)
		fprintf(stderr, ", %llu missed", (unsigned long long)out->missed);
	fprintf(stderr, "\n");
	if (err == -ECONNRESET)
		fprintf(stderr, "l2x: the controller has ended the capture\n");
	else if (err && err != -EPIPE)
		fprintf(stderr, "l2x: %s\n", strerror(-err));
	return err ? 1 : 0;
}

static int capture(const struct capture_job *job)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct capture_out *out = calloc(1, sizeof(*out));
	int fd, status = 1;

	if (!out)
		return 1;
	/* A reader that is gone is an error of writing. */
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (open_output(out, job)) {
		status = 2;
		goto out;
	}
	fd = client_call_stream(job->socket,
				json_pack("{s:s, s:s, s:s, s:b}", "command", "capture", "kind",
					  job->kind, "name", job->name, "wrapper", !job->content));
	if (fd < 0)
		goto out;
	if (!open_file(out, job))
		status = report(out, run(fd, out, job));
	close(fd);
out:
	close_output(out);
	free(out);
	return status;
}

int cmd_capture(int argc, char **argv)
{
	const char *content = NULL, *wrapper = NULL, *count = NULL, *seconds = NULL;
	struct capture_job job = {.socket = CONFIG_DEFAULT_SOCKET};
	const struct option_def options[] = {
		SOCKET_OPTION(&job.socket),
		{0, "content", NULL, "what PPP carries, each packet once (the default)", &content},
		{0, "wrapper", NULL, "outer packets, every copy, and control messages", &wrapper},
		{'w', "write", "FILE", "pcap goes there, or to standard output (-)", &job.file},
		{0, "user", "PATTERN", "sessions of this login, also one that is yet to come",
		 &job.user},
		{0, "calling", "PATTERN", "the same by calling number", &job.calling},
		{0, "count", "N", "end after so many packets", &count},
		{0, "seconds", "N", "end after so long", &seconds},
		{0},
	};
	int rest = 0, used, status;
	const struct command_line line = {
		.usage = CAPTURE_USAGE,
		.help = "Captures the packets of sessions, at whatever level they pass, as pcap. "
			"FILTER is one of tcpdump's.",
		.options = options,
		.rest = &rest,
	};
	char *filter;

	if (parse_command_line(&line, argc, argv, &status))
		return status;
	used = find_target(&job, argc - rest, argv + rest);
	if (used < 0 || (content && wrapper)) {
		fprintf(stderr, "usage: l2x %s %s\n", argv[0], line.usage);
		return 2;
	}
	job.content = !wrapper;
	if (parse_count("count", count, &job.count) ||
	    parse_count("seconds", seconds, &job.seconds))
		return 2;
	filter = join_words(argc - rest - used, argv + rest + used);
	if (!filter)
		return 1;
	job.filter = filter;
	status = capture(&job);
	free(filter);
	return status;
}
