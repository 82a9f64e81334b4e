// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, netdevs and clocks of the benchmark, see bench.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void must(bool ok, const char *what)
{
	if (!ok)
		die("%s: %s", what, strerror(errno));
}

static void run(const char *fmt, va_list ap)
{
	char command[512];

	vsnprintf(command, sizeof(command), fmt, ap);
	if (system(command))
		die("failed: %s", command);
}

void sh(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run(fmt, ap);
	va_end(ap);
}

void lab_enter(int ns)
{
	must(!setns(ns, CLONE_NEWNET), "setns");
}

void lab_in(struct bench *b, int ns, const char *fmt, ...)
{
	va_list ap;

	lab_enter(ns);
	va_start(ap, fmt);
	run(fmt, ap);
	va_end(ap);
	lab_enter(b->ours);
}

int lab_new_ns(void)
{
	int fd;

	must(!unshare(CLONE_NEWNET), "unshare");
	/* Not close-on-exec: `ip` is told its number. */
	fd = open("/proc/self/ns/net", O_RDONLY);
	must(fd >= 0, "/proc/self/ns/net");
	sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 "
	   "net.ipv4.ip_forward=1 && ip link set lo up");
	return fd;
}

/* /sys is of the namespace that it was mounted in; and so it hides no BPF file system of others. */
static void mount_sys(void)
{
	must(!unshare(CLONE_NEWNS), "unshare");
	must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount /");
	must(!mount("sysfs", "/sys", "sysfs", 0, NULL), "mount /sys");
}

/* A cable. The far end has so many queues: what one core sends is taken there by the same core. */
static void lab_cable(const char *name, int mac, const char *far, int queues, int far_ns)
{
	sh("ip link add %s address 02:00:00:00:00:%02d type veth peer name %s "
	   "address 02:00:00:00:00:%02d numrxqueues %d netns /proc/self/fd/%d && ip link set %s up",
	   name, mac, far, mac + 1, queues, far_ns, name);
}

static unsigned lab_far_end(struct bench *b, int ns, const char *name, const char *address)
{
	unsigned ifindex;

	lab_in(b, ns, "ip link set %s up", name);
	if (address)
		lab_in(b, ns, "ip addr add %s dev %s", address, name);
	lab_enter(ns);
	ifindex = if_nametoindex(name);
	lab_enter(b->ours);
	return ifindex;
}

static void lab_neighbours(int first, int end)
{
	FILE *ip = popen("ip -batch -", "w");

	must(ip != NULL, "ip");
	for (int i = first; i < end; i++)
		fprintf(ip,
			"neigh add 192.0.2.%d lladdr 02:00:00:00:00:02 dev in0\n"
			"neigh add 198.51.100.%d lladdr 02:00:00:00:00:04 dev out0\n"
			"neigh add 203.0.113.%d lladdr 02:00:00:00:00:06 dev out1\n",
			i, i, i);
	if (pclose(ip))
		die("cannot add neighbours");
}

void lab_open(struct bench *b)
{
	b->at_load = lab_new_ns();
	b->at_sink = lab_new_ns();
	b->ours = lab_new_ns();
	mount_sys();
	lab_cable("in0", 1, "l0", 1, b->at_load);
	lab_cable("in1", 1, "l1", 1, b->at_load);
	lab_cable("out0", 3, "s0", LOAD_CORES, b->at_sink);
	lab_cable("out1", 5, "s1", LOAD_CORES, b->at_sink);
	sh("ip addr add 192.0.2.1/24 dev in0 && ip addr add 198.51.100.1/24 dev out0 && "
	   "ip addr add 203.0.113.1/24 dev out1");
	b->l0 = lab_far_end(b, b->at_load, "l0", "192.0.2.2/24");
	b->l1 = lab_far_end(b, b->at_load, "l1", NULL);
	b->s0 = lab_far_end(b, b->at_sink, "s0", "198.51.100.2/24");
	b->s1 = lab_far_end(b, b->at_sink, "s1", "203.0.113.2/24");
	b->in = if_nametoindex("in0");
	b->out = if_nametoindex("out0");
	lab_neighbours(2, 2 + TUNNELS);
}

void lab_close(struct bench *b)
{
	close(b->at_load);
	close(b->at_sink);
	close(b->ours);
}

struct ip_addr bench_addr(const char *text)
{
	struct ip_addr a;

	if (ip_addr_parse(&a, text))
		die("%s: no address", text);
	return a;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	return n & 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void pin_to(pid_t tid, int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	must(!sched_setaffinity(tid, sizeof(set), &set), "sched_setaffinity");
	/* Whatever else runs here has to wait, most of the time. */
	must(!setpriority(PRIO_PROCESS, (id_t)tid, -20), "setpriority");
}

double thread_cpu_ns(pid_t tid)
{
	char path[64];
	double ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)tid);
	f = fopen(path, "r");
	must(f && fscanf(f, "%lf", &ns) == 1, path);
	fclose(f);
	return ns;
}

static bool has_name(const char *pid, const char *prefix)
{
	char path[300], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	return !strncmp(name, prefix, strlen(prefix));
}

/* A kernel thread per netdev polls it, so that its time can be told from all other; names are cut
 * to 15 bytes, and ids are given upwards: the youngest is ours. */
pid_t napi_thread(const char *ifname, int core)
{
	char prefix[32];
	struct dirent *e;
	pid_t found = 0;
	DIR *dir;

	/* Refused as long as nothing polls it: so behind the program, each time. */
	sh("echo 1 >/sys/class/net/%s/threaded", ifname);
	snprintf(prefix, sizeof(prefix), "napi/%s-", ifname);
	dir = opendir("/proc");
	must(dir != NULL, "/proc");
	while ((e = readdir(dir)))
		if (atoi(e->d_name) > found && has_name(e->d_name, prefix))
			found = atoi(e->d_name);
	closedir(dir);
	if (!found)
		die("no thread %s", prefix);
	pin_to(found, core);
	return found;
}
