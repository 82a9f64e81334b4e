// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver of sets, the source that the BPF programs run: every interleaving of CPUs around one
 * slot, stepped at each access to memory; streams of numbers through legs that lose, delay and
 * reorder them, against the invariants of docs/sets.md; and threads that race for real.
 *
 *   1  The first copy is never dropped.
 *   2  A second copy is never passed while it comes within W numbers and within the skew.
 *   3  A sender that starts anew is heard at once.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <cmocka.h>

static void step(void);
#define L2X_DEDUP_STEP() step()
#include "l2x/dedup.h"
#include "l2x/maps.h"

#define W14   14
#define SKEW  200 /* units */
#define EPOCH 77
#define CPUS  3
#define STACK 65536
#define STEPS 32

/* A CPU is a coroutine that is in l2x_dedup_take(), and may be stopped before each access. */
static struct cpu {
	struct l2x_number number;
	uint64_t now;
	enum l2x_dedup verdict;
	bool done;
	ucontext_t at;
	char stack[STACK];
} cpus[CPUS];

static ucontext_t scheduler;
static struct cpu *running;
static __u64 slot;
static bool stepping;

static void step(void)
{
	if (stepping)
		swapcontext(&running->at, &scheduler);
}

static void cpu_main(void)
{
	struct cpu *c = running;
	__u64 age;

	c->verdict = l2x_dedup_take(&slot, &c->number, W14, SKEW, c->now, &age);
	c->done = true;
	swapcontext(&c->at, &scheduler);
}

static void cpus_start(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct cpu *c = &cpus[i];

		getcontext(&c->at);
		c->at.uc_stack.ss_sp = c->stack;
		c->at.uc_stack.ss_size = STACK;
		c->done = false;
		makecontext(&c->at, cpu_main, 0);
	}
}

/* Runs them in the order that choices says, further choices are 0; how many there were goes to *n, and among how many
 * CPUs each was to options. */
static void cpus_run(size_t count, const size_t *choices, size_t given, size_t *options, size_t *n)
{
	cpus_start(count);
	stepping = true;
	for (*n = 0;; ++*n) {
		struct cpu *ready[CPUS];
		size_t can = 0;

		for (size_t i = 0; i < count; i++)
			if (!cpus[i].done)
				ready[can++] = &cpus[i];
		if (!can)
			break;
		assert_true(*n < STEPS);
		options[*n] = can;
		running = ready[*n < given ? choices[*n] : 0];
		swapcontext(&scheduler, &running->at);
	}
	stepping = false;
}

/* All interleavings, depth first; from an empty slot, or from one that holds `before`. Returns how many. */
static unsigned interleave(size_t count, __u64 before, void (*check)(void))
{
	size_t choices[STEPS] = {0}, options[STEPS], n, given = 0;
	unsigned runs = 0;

	for (;;) {
		slot = before;
		cpus_run(count, choices, given, options, &n);
		check();
		runs++;
		/* The last choice that has another option takes that. */
		for (size_t i = given; i < n; i++)
			choices[i] = 0;
		while (n && choices[n - 1] + 1 == options[n - 1])
			n--;
		if (!n)
			return runs;
		choices[n - 1]++;
		given = n;
	}
}

static struct l2x_number number(bool extended, uint64_t n)
{
	return (struct l2x_number){.number = n & (extended ? 0xffffffffffff : 0xffff),
				   .epoch = EPOCH,
				   .extended = extended};
}

static bool passed(const struct cpu *c)
{
	return c->verdict != L2X_DEDUP_DUPLICATE;
}

static void one_of_two(void)
{
	assert_int_equal(passed(&cpus[0]) + passed(&cpus[1]), 1);
}

static void one_of_three(void)
{
	assert_int_equal(passed(&cpus[0]) + passed(&cpus[1]) + passed(&cpus[2]), 1);
}

static void both(void)
{
	assert_true(passed(&cpus[0]) && passed(&cpus[1]));
}

/* 0 and 1 are copies, 2 is W later: it passes, and so does one of them; the other one comes either in time, or W
 * numbers late. */
static void copies_and_later(void)
{
	assert_true(passed(&cpus[2]) && (passed(&cpus[0]) || passed(&cpus[1])));
	if (passed(&cpus[0]) && passed(&cpus[1]))
		assert_true(cpus[0].verdict == L2X_DEDUP_LATE || cpus[1].verdict == L2X_DEDUP_LATE);
}

static void test_interleavings(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		for (int i = 0; i < CPUS; i++)
			cpus[i] = (struct cpu){.number = number(form, 5), .now = 1000};
		/* A load and a swap each: C(4, 2), less where one ends early. */
		assert_true(interleave(2, 0, one_of_two) > 3);
		assert_true(interleave(3, 0, one_of_three) > 10);
		/* A clock that was read before the other CPU's. */
		cpus[1].now = 999;
		assert_true(interleave(2, 0, one_of_two) > 3);
		cpus[1].now = 1000;
		cpus[2].number = number(form, 5 + (1 << W14));
		assert_true(interleave(3, 0, copies_and_later) > 10);
		cpus[1].number = number(form, 5 + (1 << W14));
		assert_true(interleave(2, 0, both) > 3);
		/* The slot holds the same number, of long ago. */
		cpus[1].number = cpus[0].number;
		assert_true(interleave(2,
				       (__u64)500 << l2x_dedup_tag_bits(&cpus[0].number) |
					       l2x_dedup_tag(&cpus[0].number, W14),
				       one_of_two) > 3);
	}
}

/*
 * Streams. One tick is one number and, unless said otherwise, `rate` numbers a unit of time. An
 * arrival is a copy; what the receiver must do with it follows from those before.
 */
struct arrival {
	uint64_t time; /* in ticks */
	uint64_t seq;  /* counts from 0, whatever is on the wire */
	unsigned leg;
};

struct stream {
	bool extended;
	unsigned window, rate;
	uint32_t skew;
	uint64_t first;	    /* number of seq 0 */
	uint64_t restart;   /* seq at which the sender starts anew; 0: never */
	uint64_t first2;    /* then */
	uint64_t pause;	    /* units of time before that */
	uint8_t generation; /* plain: another one behind the restart */
	struct arrival *a;
	size_t count, room;
	uint64_t seqs;
	__u64 *slots;
	struct l2x_set_state *state;
	struct l2x_set_counters *c;
};

struct outcome {
	uint64_t unique, passed_twice, late;
};

static void stream_init(struct stream *s, bool extended, uint64_t seqs)
{
	*s = (struct stream){.extended = extended,
			     .window = W14,
			     .rate = 50,
			     .skew = SKEW,
			     .first = 60000,
			     .seqs = seqs,
			     .room = seqs * 3};
	s->a = calloc(s->room, sizeof(*s->a));
	s->slots = calloc((size_t)1 << 16, sizeof(*s->slots));
	s->state = calloc(1, sizeof(*s->state));
	s->c = calloc(1, sizeof(*s->c));
	assert_true(s->a && s->slots && s->state && s->c);
}

static void stream_free(struct stream *s)
{
	free(s->a);
	free(s->slots);
	free(s->state);
	free(s->c);
}

static void arrive(struct stream *s, unsigned leg, uint64_t seq, uint64_t delay)
{
	assert_true(s->count < s->room);
	s->a[s->count++] = (struct arrival){seq + delay, seq, leg};
}

static int by_time(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->leg < y->leg ? -1 : x->leg > y->leg;
}

static struct l2x_number wire_number(const struct stream *s, uint64_t seq)
{
	bool again = s->restart && seq >= s->restart;
	struct l2x_number n =
		number(s->extended, again ? s->first2 + seq - s->restart : s->first + seq);

	n.epoch = EPOCH;
	if (again && (s->extended || s->generation))
		n.epoch++;
	return n;
}

static uint64_t unit_of(const struct stream *s, const struct arrival *a)
{
	return 1000000 + a->time / s->rate + (s->restart && a->seq >= s->restart ? s->pause : 0);
}

/* Runs the stream through the receiver, and asserts the invariants at each arrival. */
static struct outcome stream_run(struct stream *s)
{
	uint64_t *seen = calloc(s->seqs, sizeof(*seen)), highest = 0, again_highest = 0;
	struct outcome o = {0};

	assert_non_null(seen);
	qsort(s->a, s->count, sizeof(*s->a), by_time);
	for (size_t i = 0; i < s->count; i++) {
		const struct arrival *a = &s->a[i];
		const bool again = s->restart && a->seq >= s->restart;
		const struct l2x_number n = wire_number(s, a->seq);
		const uint64_t now = unit_of(s, a);
		uint64_t *top = again ? &again_highest : &highest;
		__u64 *at = &s->slots[l2x_dedup_place(&n, s->window)], age;
		enum l2x_dedup peeked, v;

		peeked = l2x_dedup_judge(*at, &n, s->window, s->skew, now, &age);
		v = l2x_dedup_take(at, &n, s->window, s->skew, now, &age);
		assert_int_equal(peeked, v);
		l2x_leg_count(&s->c->legs[a->leg], v, age, now);
		if (!seen[a->seq]) {
			if (v == L2X_DEDUP_DUPLICATE)
				fail_msg("first copy of %llu dropped", (unsigned long long)a->seq);
			o.unique++;
		} else if (v != L2X_DEDUP_DUPLICATE) {
			if (now - seen[a->seq] <= s->skew && a->seq + (1u << s->window) > *top)
				fail_msg("second copy of %llu passed", (unsigned long long)a->seq);
			o.passed_twice++;
		} else {
			assert_int_equal(age, now - seen[a->seq]);
		}
		if (v == L2X_DEDUP_DUPLICATE)
			continue;
		o.late += v == L2X_DEDUP_LATE;
		l2x_newest_note(&s->state->newest, s->c, &n);
		if (!seen[a->seq])
			seen[a->seq] = now;
		if (a->seq > *top)
			*top = a->seq;
	}
	free(seen);
	return o;
}

/* Numbers that the receiver knows to have been used. */
static uint64_t expected(const struct stream *s)
{
	const uint64_t ahead = s->c->newest - s->state->newest;

	return s->c->expected + (s->c->newest > s->state->newest ? ahead : 0);
}

static void test_two_legs(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		struct stream s;
		struct outcome o;

		/* Numbers wrap, of 16 bits and of 32. */
		stream_init(&s, form, 300000);
		s.first = form ? 0xffffffffull - 1000 : 65000;
		for (uint64_t i = 0; i < s.seqs; i++) {
			arrive(&s, 0, i, 0);
			arrive(&s, 1, i, i % 3000); /* reordered, up to 60 units late */
		}
		o = stream_run(&s);
		assert_int_equal(o.unique, s.seqs);
		assert_int_equal(o.passed_twice, 0);
		assert_int_equal(expected(&s), s.seqs);
		assert_int_equal(s.c->legs[0].first + s.c->legs[1].first, s.seqs);
		assert_int_equal(s.c->legs[1].duplicate + s.c->legs[0].duplicate, s.seqs);
		assert_int_equal(o.late, 0);
		stream_free(&s);
	}
}

static void test_loss_bursts(void **state)
{
	static const unsigned bursts[] = {1, 64, 65, 33000};

	(void)state;
	for (int form = 0; form < 2; form++)
		for (size_t b = 0; b < sizeof(bursts) / sizeof(bursts[0]); b++) {
			const uint64_t from = 10000, to = from + bursts[b];
			struct stream s;
			struct outcome o;

			/* Nothing comes, on either leg, three times. */
			stream_init(&s, form, 250000);
			for (uint64_t i = 0; i < s.seqs; i++) {
				if (i % 80000 >= from && i % 80000 < to)
					continue;
				arrive(&s, 0, i, 0);
				arrive(&s, 1, i, 40);
			}
			o = stream_run(&s);
			assert_int_equal(o.unique, s.count / 2);
			assert_int_equal(o.passed_twice, 0);
			assert_int_equal(expected(&s), s.seqs);
			stream_free(&s);
		}
}

static void test_leg_dies_and_returns(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		struct stream s;
		struct outcome o;

		stream_init(&s, form, 400000);
		for (uint64_t i = 0; i < s.seqs; i++) {
			if (i / 20000 % 3 != 1)
				arrive(&s, 0, i, 5);
			if (i / 20000 % 3 != 2)
				arrive(&s, 1, i, 2500);
		}
		o = stream_run(&s);
		assert_int_equal(o.unique, s.seqs);
		assert_int_equal(o.passed_twice, 0);
		assert_int_equal(expected(&s), s.seqs);
		stream_free(&s);
	}
}

/* Copies that come on and around the limits: of time, and of numbers. */
static void test_limits(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++)
		for (uint64_t delay = (SKEW - 2) * 50; delay <= (SKEW + 2) * 50; delay += 25) {
			struct stream s;
			struct outcome o;

			stream_init(&s, form, 70000);
			for (uint64_t i = 0; i < s.seqs; i++) {
				arrive(&s, 0, i, 0);
				arrive(&s, 1, i, delay);
			}
			o = stream_run(&s);
			assert_int_equal(o.unique, s.seqs);
			if (delay < SKEW * 50)
				assert_int_equal(o.passed_twice, 0);
			if (delay >= (SKEW + 1) * 50)
				assert_int_equal(o.passed_twice, s.seqs);
			stream_free(&s);
		}
	/* Fast enough that the window ends before the skew does. */
	for (int form = 0; form < 2; form++)
		for (int delay = -2; delay <= 2; delay++) {
			struct stream s;

			stream_init(&s, form, 70000);
			s.rate = 200;
			for (uint64_t i = 0; i < s.seqs; i++) {
				arrive(&s, 0, i, 0);
				if (i % 100 == 0)
					arrive(&s, 1, i, (uint64_t)((1 << W14) + delay));
			}
			/* Late ones leave the slots to the newer numbers: their copies do not pass. */
			for (uint64_t i = 0; i < s.seqs; i++)
				arrive(&s, 2, i, (uint64_t)((1 << W14) - 1 - delay % 2));
			stream_run(&s);
			stream_free(&s);
		}
}

static void test_restart(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++)
		for (uint64_t at = 0; at < 66000; at += 1371) {
			struct stream s;
			struct outcome o;

			/* Extended: at once. Plain: at once where the receiver's legs have gone in
			 * between, else after the skew. */
			stream_init(&s, how == 0, 40000);
			s.restart = 20000;
			s.first2 = s.first + at;
			s.generation = how == 1;
			s.pause = how == 2 ? SKEW + 1 : 0;
			for (uint64_t i = 0; i < s.seqs; i++) {
				arrive(&s, 0, i, 0);
				arrive(&s, 1, i, 17);
			}
			o = stream_run(&s);
			assert_int_equal(o.unique, s.seqs);
			if (how < 2)
				assert_int_equal(o.passed_twice, 0);
			stream_free(&s);
		}
}

/* Whatever the order: seeds, heavy reordering and duplication by the network itself. */
static void test_random(void **state)
{
	unsigned seed = 4711;

	(void)state;
	for (int turn = 0; turn < 24; turn++) {
		struct stream s;

		stream_init(&s, turn & 1, 60000);
		s.window = turn & 2 ? L2X_DEDUP_WINDOW_MIN : W14;
		s.first = turn & 4 ? 0 : s.first;
		for (uint64_t i = 0; i < s.seqs; i++)
			for (unsigned leg = 0; leg < 3; leg++)
				if (rand_r(&seed) % 100 >= 20)
					arrive(&s, leg, i, (unsigned)rand_r(&seed) % 4000);
		stream_run(&s);
		stream_free(&s);
	}
}

static void test_skew_classes(void **state)
{
	(void)state;
	assert_int_equal(l2x_skew_class(0), 0);
	for (uint32_t n = 1; n < L2X_SKEW_CLASSES; n++) {
		assert_int_equal(l2x_skew_class(1ull << (n - 1)), n);
		if (n < L2X_SKEW_CLASSES - 1)
			assert_int_equal(l2x_skew_class((1ull << n) - 1), n);
	}
	assert_int_equal(l2x_skew_class(~0ull), L2X_SKEW_CLASSES - 1);
}

/* Real threads, each with every copy: of each number, one passes. */
#define RACERS	     4
#define RACE_NUMBERS 2000000u

static struct {
	__u64 slots[1 << L2X_DEDUP_WINDOW_MIN];
	volatile uint64_t at[RACERS];
	uint8_t passed[RACE_NUMBERS];
} race;

static void *racer(void *arg)
{
	const size_t me = (size_t)arg;

	for (uint32_t i = 0; i < RACE_NUMBERS; i++) {
		struct l2x_number n = number(true, i);
		__u64 *at = &race.slots[l2x_dedup_place(&n, L2X_DEDUP_WINDOW_MIN)], age;

		/* Not a window ahead of another. */
		race.at[me] = i;
		for (size_t r = 0; r < RACERS; r++)
			while (race.at[r] + (1 << L2X_DEDUP_WINDOW_MIN) / 2 < i)
				sched_yield();
		if (l2x_dedup_take(at, &n, L2X_DEDUP_WINDOW_MIN, SKEW, 1000, &age) !=
		    L2X_DEDUP_DUPLICATE)
			__sync_fetch_and_add(&race.passed[i], 1);
	}
	race.at[me] = UINT64_MAX / 2;
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t t[RACERS];

	(void)state;
	for (size_t i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, racer, (void *)i), 0);
	for (size_t i = 0; i < RACERS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	for (uint32_t i = 0; i < RACE_NUMBERS; i++)
		if (race.passed[i] != 1)
			fail_msg("number %u passed %u times", i, race.passed[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interleavings), cmocka_unit_test(test_two_legs),
		cmocka_unit_test(test_loss_bursts),   cmocka_unit_test(test_leg_dies_and_returns),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_restart),
		cmocka_unit_test(test_random),	      cmocka_unit_test(test_skew_classes),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
