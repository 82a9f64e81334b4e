// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's l2tpns, a LNS that moves packets in userspace, and l2x, with the same packets between the same netdevs. An l2x beside the
 * generator is the LAC that has brought up its session; names and addresses come from tests/lib/radius.py. What counts is the clock. Its files are in
 * /etc/l2tpns, as it wants it; that is memory here, which others do not see.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
#include "load.skel.h"

#define HOME	 "/etc/l2tpns/"
#define PATIENCE 300 /* times 0.1 s */
#define ARGS	 8

struct lns {
	pid_t radius, l2tpns, lac;
};

static const char startup_config[] =
	"set debug 3\n"
	"set pid_file \"" HOME "pid\"\n"
	"set hostname \"l2tpns\"\n"
	"set l2tp_secret \"secret\"\n"
	"set bind_address 192.0.2.1\n"
	"set peer_address 10.65.0.1\n"
	"set primary_radius 127.0.0.1\n"
	"set radius_secret \"radius\"\n"
	"set radius_authtypes \"chap\"\n"
	"set cli_bind_address 127.0.0.1\n"
	"set cluster_interface \"in0\"\n"
	/* It serves after it has waited for another one: tenths of a second. */
	"set cluster_hb_interval 1\n"
	"set cluster_hb_timeout 15\n";

static const char lac_config[] = "dataplane: user\n"
				 "control-socket: " HOME "lac.sock\n"
				 "bpf-path: /sys/fs/bpf/l2xlac\n"
				 "user: root\n"
				 "listen: [192.0.2.2]\n"
				 "outgoing:\n"
				 "  - name: bench\n"
				 "    server: 192.0.2.1\n"
				 "    secret: secret\n"
				 "    username: alice\n"
				 "    password: password\n"
				 "    interface: l2xlac\n";

/* PATH of the sources, from build/tests/bench-data. */
static const char *source(const char *path)
{
	static char found[2][PATH_MAX];
	static int turn;
	char self[PATH_MAX] = "";
	char *to = found[turn ^= 1];

	must(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "/proc/self/exe");
	if (snprintf(to, PATH_MAX, "%s/../../../%s", dirname(self), path) >= PATH_MAX)
		die("%s: too long a path", path);
	return to;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

/* Its output goes to a file. It ends with us, whatever we end of. */
static pid_t spawn(struct bench *b, int ns, const char *log, const char *const argv[])
{
	pid_t pid = fork();
	int out;

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	setsid(); /* l2tpns ends its group with it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	lab_enter(ns);
	close(b->at_load);
	close(b->at_sink);
	close(b->ours);
	out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(out >= 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2, log);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	die("%s: cannot be run", argv[0]);
}

static void end(pid_t pid, int signal)
{
	kill(pid, signal);
	waitpid(pid, NULL, 0);
}

static bool says(const char *log, const char *text)
{
	char line[512];
	bool found = false;
	FILE *f = fopen(log, "r");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return found;
}

static void await_said(const char *log, const char *text)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (says(log, text))
			return;
		usleep(100000);
	}
	sh("tail -n 20 %s >&2", log);
	die("%s: nobody says \"%s\"", log, text);
}

/* The LNS's ids of the session, once it has IPv4. */
static bool session_up(struct load_flow *flow)
{
	char command[PATH_MAX + 64];
	const char *address;
	int tunnel, session;
	json_t *status;
	FILE *p;
	bool up;

	snprintf(command, sizeof(command), "%s status --json -s " HOME "lac.sock 2>/dev/null",
		 source("build/l2x"));
	p = popen(command, "r");
	must(p != NULL, command);
	status = json_loadf(p, 0, NULL);
	pclose(p);
	up = !json_unpack(status, "{s:[{s:i}], s:[{s:{s:s}, s:i}]}", "tunnels", "peer_tunnel_id",
			  &tunnel, "sessions", "ipv4", "local", &address, "peer_session_id",
			  &session);
	json_decref(status);
	if (up) {
		flow->tunnel_id = htons((uint16_t)tunnel);
		flow->session_id = htons((uint16_t)session);
	}
	return up;
}

static void lns_start(struct bench *b, struct lns *l, struct load_flow *flow)
{
	const char *radius[] = {"python3",  source("tests/lib/radius.py"),
				"radius",   "alice",
				"password", "10.64.0.1",
				NULL};
	const char *l2tpns[] = {"l2tpns", NULL};
	const char *lac[] = {source("build/l2x"), "run", "-c", HOME "lac.yaml", NULL};
	int tries = PATIENCE;

	l->radius = spawn(b, b->ours, HOME "radius.log", radius);
	await_said(HOME "radius.log", "ready");
	l->l2tpns = spawn(b, b->ours, HOME "l2tpns.log", l2tpns);
	await_said(HOME "l2tpns.log", "declaring myself the master");
	l->lac = spawn(b, b->at_load, HOME "lac.log", lac);
	while (!session_up(flow) && --tries)
		usleep(100000);
	if (!tries) {
		sh("tail -n 20 " HOME "*.log >&2");
		die("no session with l2tpns");
	}
	pin_to(l->l2tpns, CORE_OURS);
}

static void lns_end(struct lns *l)
{
	end(l->lac, SIGTERM);
	end(l->l2tpns, SIGTERM);
	end(l->radius, SIGKILL);
}

static void load_is(struct bench *b)
{
	load_sessions(b, 1, true);
	b->load->bss->load.window = LOAD_WINDOW;
}

static void measure_l2tpns(struct bench *b, struct sample *s)
{
	struct load_flow flow = {.addr = 0};
	struct lns l;

	lns_start(b, &l, &flow);
	sink_is(b, SINK_TC);
	load_is(b);
	memcpy(&b->load->bss->load.frame[LOAD_IDS], &flow, 4);
	user_measure(b, s);
	lns_end(&l);
	s->cpu_ns = s->wall_ns;
}

static void measure_l2x(struct bench *b, enum config_dataplane level, struct sample *s)
{
	const bool xdp = level == DATAPLANE_XDP;
	struct dataplane *dp;
	unsigned netdev;

	dp = plane_open(b, level, "l2xb", &netdev);
	plane_sessions(b, dp, netdev, 1, true);
	sink_is(b, xdp ? SINK_XDP : SINK_TC);
	load_is(b);
	if (xdp) {
		if (dataplane_attach(dp, "out0", FORWARD_XDP) ||
		    dataplane_attach(dp, "in0", FORWARD_XDP))
			die("cannot attach");
		measure_ways(b, 1, s);
	} else {
		user_measure(b, s);
	}
	dataplane_close(dp);
	s->cpu_ns = s->wall_ns;
}

void bench_l2tpns(struct bench *b, struct results *r)
{
	struct result *user = results_add(r, "decapsulate, userspace to l2tpns", "packets/s", 0),
		      *xdp = results_add(r, "decapsulate, XDP to l2tpns", "packets/s", 0);
	struct pairs user_pairs = {.count = 0}, xdp_pairs = {.count = 0};

	must(!mount("tmpfs", "/etc/l2tpns", "tmpfs", 0, "mode=700"), "/etc/l2tpns");
	write_file(HOME "startup-config", startup_config);
	write_file(HOME "ip_pool", "10.64.0.0/29\n");
	write_file(HOME "users", "");
	write_file(HOME "lac.yaml", lac_config);
	pin_to(0, CORE_OURS);
	sh("ethtool -K in0 gro on >/dev/null");
	for (int i = 0; i < b->pairs; i++) {
		struct sample ours, theirs;

		measure_l2tpns(b, &theirs);
		measure_l2x(b, DATAPLANE_USER, &ours);
		pairs_add(&user_pairs, &ours, &theirs);
		measure_l2x(b, DATAPLANE_XDP, &ours);
		pairs_add(&xdp_pairs, &ours, &theirs);
	}
	pairs_take_medians(&user_pairs, user);
	pairs_take_medians(&xdp_pairs, xdp);
	sink_is(b, SINK_XDP);
	sh("ethtool -K in0 gro off >/dev/null");
}
