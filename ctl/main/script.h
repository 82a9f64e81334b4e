/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scripts of on-up, on-down and on-change. Each runs as a process of its own, in the background, with the
 * session's facts in its environment. Those of one session run one after the other, in the order of
 * what they tell of; of all sessions, only so many at a time, the rest wait. One that takes too long
 * is killed.
 */
#ifndef L2X_MAIN_SCRIPT_H
#define L2X_MAIN_SCRIPT_H

struct call;
struct controller;
struct scripts;

int scripts_open(struct controller *c); /* 0 or -ENOMEM */
/* Lets those that run or wait come to their end, within their time, and frees all. */
void scripts_close(struct controller *c);

enum script_event {
	SCRIPT_UP,
	SCRIPT_DOWN,
	SCRIPT_CHANGE, /* what the peer has told of IPv6 */
};

/*
 * This family of the call came up, is going down, or has changed: runs the script that its
 * configuration names, if it does. Call it while the facts still stand.
 */
void script_run(struct call *call, int family, enum script_event event);

#endif
