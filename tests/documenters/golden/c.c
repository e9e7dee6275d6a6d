/*
 * ring.c - a ring buffer for one reader
 * and one writer.
 *
 * Copyright (C) 2024 Somebody
 */

#include <stdio.h>
#include "ring.h"

#define RING_SIZE 64	/* a power of two */
#define RING_EMPTY(r) \
	((r)->head == (r)->tail)
#define GUARD

/* Not attached. */

/**
 * struct ring - the buffer
 * @head: where to write
 */
struct ring {
	unsigned head, tail;
	char *data[RING_SIZE];
	int (*notify)(struct ring *, int);
	union {
		int fd;
		void *ptr;
	};
	struct stats {
		long reads;
	} stats;
};

typedef struct {
	int x;
} point_t;
typedef struct node {
	struct node *next;
} node_t, *node_p;
typedef int (*compare_fn)(const void *, const void *);
typedef unsigned long size_type;

enum mode { MODE_READ, MODE_WRITE = 4 };
enum { FLAG_A = 1 << 0 };
union value { int i; float f; };

extern int errno_of(struct ring *r);
static int count = 0, limit;
static const char *const names[] = {
	"a",
	"b",
};
int (*hook)(int);
struct ring *current, *spare;

/* Put one in.
 * Returns 0 when full. */
static inline int
ring_put(struct ring *r, /* never NULL */
	 const char *item)
{
	int local = 0;
	return local;
}

#ifdef CONFIG_SMP
struct ring *ring_new(void) { return NULL; }
#else
struct ring *ring_new(void) { return current; }
#endif

char **ring_names(void)
{
	return 0;
}

int old_style(a, b)
	int a;
	char *b;
{
	return a;
}

__attribute__((noreturn)) void ring_die(const char *fmt, ...) { for (;;); }
EXPORT_SYMBOL(ring_put);

/* A tag and another name for the same. */
typedef struct s_pair { int left, right; } pair_t;
typedef int (compare_fn)(const pair_t *, const pair_t *);

DEMO_EXPORT const char *demo_name(void) DEMO_NONNULL(1);
