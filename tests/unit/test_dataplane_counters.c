// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sum of a session's counters while XDP gives up and takes the places where it has counted. The map is one of ours,
 * and what happens on the other CPU happens while it is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "dataplane/counters.h"

#define PLACES 2
#define MAP_FD 1000

static const struct l2x_session_key a = {.tunnel_id = 1, .session_id = 5},
				    b = {.tunnel_id = 1, .session_id = 7};

/* One session's, on the first CPU. */
static struct l2x_counters in_map;
static struct l2x_known_session *place;
static struct counters counters;
static unsigned reads;
static void (*meanwhile)(void);

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	(void)key;
	assert_int_equal(fd, MAP_FD);
	reads++;
	if (meanwhile)
		meanwhile();
	*(struct l2x_counters *)value = in_map;
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)key, (void)value, (void)flags;
	assert_int_equal(fd, MAP_FD);
	in_map = (struct l2x_counters){0};
	return 0;
}

/* As bpf/session.h does it. */
static void take_place(struct l2x_session_key key)
{
	if (!memcmp(&place->session.key, &a, sizeof(a))) {
		in_map.rx[L2X_LEVEL_XDP].packets += place->moved.rx.packets;
		in_map.rx[L2X_LEVEL_XDP].bytes += place->moved.rx.bytes;
	}
	place->moved = (struct l2x_moved){0};
	place->session.key = key;
	place->generation = 1;
}

static void move(uint64_t packets)
{
	place->moved.rx.packets += packets;
	place->moved.rx.bytes += 100 * packets;
}

static uint64_t sum(uint32_t index)
{
	struct l2x_counters out;

	reads = 0;
	assert_int_equal(counters_sum(&counters, a, index, &out), 0);
	assert_int_equal(out.rx[L2X_LEVEL_XDP].bytes, 100 * out.rx[L2X_LEVEL_XDP].packets);
	return out.rx[L2X_LEVEL_XDP].packets;
}

static void once(void)
{
	meanwhile = NULL;
	take_place(b);
}

static void there_and_back(void)
{
	meanwhile = NULL;
	take_place(b);
	move(50);
	take_place(a);
	move(8);
}

static void once_each_time(void)
{
	take_place(b);
	take_place(a);
	move(1);
}

static void each_packet_counts_once(void **state)
{
	uint32_t index;
	uint64_t many;

	(void)state;
	assert_int_equal(counters_take(&counters, a, &index), 0);
	assert_int_equal(sum(index), 0);
	assert_int_equal(reads, 1);
	take_place(a);
	move(10);
	assert_int_equal(sum(index), 10);
	meanwhile = once;
	assert_int_equal(sum(index), 10);
	assert_int_equal(reads, 1 + 1);
	/* It is not there: nothing can be read twice. */
	assert_int_equal(sum(index), 10);
	assert_int_equal(reads, 1);
	take_place(a);
	move(5);
	meanwhile = there_and_back;
	assert_int_equal(sum(index), 10 + 5 + 8);
	/* Again and again: it comes to an end, and is wrong by no more than what moved meanwhile. */
	meanwhile = once_each_time;
	many = sum(index);
	assert_in_range(reads, 2, 10);
	assert_in_range(many, 23, 23 + reads + 1);
	meanwhile = NULL;
	counters_give_back(&counters, index);
}

static int setup(void **state)
{
	const size_t size = (size_t)libbpf_num_possible_cpus() * PLACES * sizeof(*place);
	int fd = memfd_create("known", 0), err;

	(void)state;
	if (fd < 0 || ftruncate(fd, (off_t)size))
		return -1;
	err = counters_init(&counters, 3, MAP_FD, fd, PLACES);
	if (!err)
		place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (err || place == MAP_FAILED)
		return -1;
	place += a.session_id % PLACES;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	counters_free(&counters);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_packet_counts_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
