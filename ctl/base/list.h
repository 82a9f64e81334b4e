/* SPDX-License-Identifier: GPL-2.0-only */
/* A doubly linked list through a member of the objects, as the kernel's. An empty head points to
 * itself. */
#ifndef L2X_BASE_LIST_H
#define L2X_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

#define list_item(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* The body may remove the current item, but no other. */
#define list_for_each(item, keep, head)                                      \
	for ((item) = (head)->next, (keep) = (item)->next; (item) != (head); \
	     (item) = (keep), (keep) = (item)->next)

#endif
