/* What the parts of the load share. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>

enum { TAIL = 256 << 10, EVENTS = 1024 };

/* A stream is an endless one of units of one size: a ring, whose beginning is repeated behind its
 * end, so that what is written at once is in one piece. */
struct stream {
	char *ring;        /* wrap bytes, and the first TAIL of them again */
	size_t size, wrap; /* of a unit, of all units */
};

/* A connection. Each begins at another unit of the streams, so that an answer that comes twice, too
 * late or on another connection is noticed. */
struct conn {
	int fd;
	char waits, slow;             /* for room; it reads next to nothing */
	unsigned long long place;     /* its first unit */
	unsigned long long due, sent; /* bytes of requests */
	unsigned long long got;       /* bytes of answers */
	long long began;              /* when what is under way was sent */
	long long *times;             /* when requests were to be sent, in the open loop: a ring */
	unsigned first, last, room;   /* of that */
};

/* A job is what to do, from the command line; times are in nanoseconds. */
struct job {
	int conns, depth, size, units, pid, slow;
	double rate;
	long long warm, length;
	const char *addr, *requests, *answers, *hello, *welcome;
};

extern struct job job;
extern struct stream out, in; /* requests and answers */
extern struct conn *conns;
extern int epoll;
extern int small; /* what connects from now on has the smallest buffer for input */
extern long long tick; /* the clock, as it was read last */

/* load.c: the clock, and what is counted */
long long now(void);
void fail(const char *what, ...) __attribute__((noreturn, format(printf, 1, 2)));
void be_patient(void);
void start(void);
void count(long long latency, unsigned long long units);
int over(void);
void print(void);
int measuring(void);
void gone(void);

/* load_conn.c: connections */
char *slurp(const char *file, size_t *n);
void make_streams(void);
int dial(int flags);
void add(struct conn *c, int i);
void watch(struct conn *c, int op, unsigned events);
void ask(struct conn *c, size_t units);
void flush(struct conn *c);
int receive(struct conn *c, size_t most);
unsigned long long due_answers(const struct conn *c);
void turn(long long wait, void (*then)(struct conn *));
void connect_all(void);

/* load_modes.c, load_crowd.c, load_stream.c: what there is to do */
void closed_loop(void);
void open_loop(void);
void churn(void);
void hold(void);
void everyone(void);
void stream(void);

#endif
