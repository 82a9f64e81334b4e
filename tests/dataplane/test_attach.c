// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the data path attaches itself to and takes away again, beside what others have there, and what
 * it makes of the remains of an instance that crashed.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "plane.h"

/* lo has no native XDP, and tc is used there all the same. Names that are wrong are told so. */
static void test_attach(void **state)
{
	struct dataplane_interface list[4];
	struct fixture *f = *state;
	unsigned ifindex;

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	f->log.level = LOG_LEVEL_ERROR;
	assert_int_equal(dataplane_attach(f->dp, "lo", FORWARD_XDP), 0);
	assert_int_equal(dataplane_interfaces(f->dp, list, 4), 3);
	assert_true(list[0].xdp && list[0].tc && !list[0].note[0]);
	assert_string_equal(list[2].name, "lo");
	assert_true(!list[2].xdp && list[2].tc && list[2].note[0]);
	assert_int_equal(dataplane_attach(f->dp, "v0", FORWARD_XDP), 0);
	assert_int_equal(dataplane_attach(f->dp, "v0", FORWARD_KERNEL), 0);
	assert_int_equal(dataplane_interfaces(f->dp, list, 4), 3);
	assert_true(!list[2].xdp && list[2].tc && list[2].forward == FORWARD_KERNEL);
	assert_int_equal(dataplane_detach(f->dp, "v0"), 0);
	assert_int_equal(dataplane_detach(f->dp, "v0"), -ENOENT);
	assert_int_not_equal(sh_status("tc qdisc show dev v0 | grep -q clsact"), 0);
	assert_int_equal(dataplane_attach(f->dp, "nowhere", FORWARD_XDP), -ENODEV);
	f->log.sink = NULL;
	assert_int_equal(dataplane_netdev_get(f->dp, "v0", &ifindex), -EEXIST);
	assert_int_equal(dataplane_netdev_get(f->dp, "", &ifindex), -EINVAL);
	assert_int_equal(dataplane_netdev_get(f->dp, "l2x%d", &ifindex), -EINVAL);
	f->log.sink = &log_stderr;
	assert_int_equal(dataplane_netdev_get(f->dp, "l2xt", &ifindex), 0);
	assert_int_equal(ifindex, f->netdev);
	dataplane_netdev_put(f->dp, "l2xt");
	assert_int_equal(if_nametoindex("l2xt"), f->netdev);
	dataplane_netdev_put(f->dp, "l2xt");
	assert_int_equal(if_nametoindex("l2xt"), 0);
}

/* The administrator's own qdisc stays. */
static void test_foreign_qdisc(void **state)
{
	struct fixture *f = *state;

	sh("tc qdisc add dev v0 clsact");
	start(f, DATAPLANE_AUTO, FORWARD_KERNEL);
	assert_int_equal(net_clsact_filters(f->net, if_nametoindex("v0")) > 0, 1);
	dataplane_close(f->dp);
	f->dp = NULL;
	assert_int_equal(net_clsact_filters(f->net, if_nametoindex("v0")), 0);
	assert_int_equal(sh_status("tc qdisc show dev v0 | grep -q clsact"), 0);
}

/* A child opens everything and dies of it. Then the data path still forwards, and the next instance
 * starts. */
static void test_crash(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[256];
	size_t len = tunnelled(buf, "10.1.0.2", "alive");
	unsigned old;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		start(f, DATAPLANE_AUTO, FORWARD_XDP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	old = if_nametoindex("l2xt");
	assert_int_not_equal(old, 0);
	lab_send(f->lab.peer, "192.0.2.1", 1701, buf, len);
	assert_int_equal(receive(f, f->lab.server, buf, sizeof(buf)), 5);
	whole_level(f, DATAPLANE_AUTO, FORWARD_XDP, L2X_LEVEL_XDP);
}

static void test_crash_then_user(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		start(f, DATAPLANE_AUTO, FORWARD_XDP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	whole_level(f, DATAPLANE_USER, FORWARD_XDP, L2X_LEVEL_USER);
}

/* Two instances cannot have one path, nor one port; the first one does not notice. */
static void test_two_instances(void **state)
{
	struct fixture *f = *state;
	struct dataplane *second;

	start(f, DATAPLANE_AUTO, FORWARD_XDP);
	f->log.sink = NULL;
	assert_int_equal(open_level(f, DATAPLANE_AUTO, 1702, &second), -EBUSY);
	assert_int_equal(open_level(f, DATAPLANE_USER, 1701, &second), -EADDRINUSE);
	assert_int_equal(open_level(f, DATAPLANE_USER, 1702, &second), 0);
	dataplane_close(second);
	f->log.sink = &log_stderr;
	both_ways(f, f->lab.peer, "192.0.2.1", HEADER, 10);
	counted(f, L2X_LEVEL_XDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_attach),	  TEST(test_foreign_qdisc),   TEST(test_crash),
		TEST(test_two_instances), TEST(test_crash_then_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
