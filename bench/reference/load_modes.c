/* What the load does on connections of which each has its own answers. */
#define _GNU_SOURCE
#include "load.h"
#include <math.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void next_batch(struct conn *c)
{
	if (c->got < due_answers(c))
		return;
	now();
	if (c->began)
		count(tick - c->began, job.depth);
	c->began = tick;
	ask(c, job.depth);
}

/* closed_loop: each connection sends a batch, waits until all of it is answered, and sends the
 * next. */
void closed_loop(void)
{
	connect_all();
	for (int i = 0; i < job.conns; i++)
		next_batch(&conns[i]);
	start();
	do
		turn(-1, next_batch);
	while (!over());
}

/* The times of a connection are a queue in a ring that grows. */
static void push_time(struct conn *c, long long t)
{
	if (c->last - c->first == c->room) {
		unsigned room = c->room ? 2 * c->room : 4;
		long long *times = malloc(room * sizeof *times);
		if (!times)
			fail("no memory");
		for (unsigned i = c->first; i != c->last; i++)
			times[i % room] = c->times[i % c->room];
		free(c->times);
		c->times = times;
		c->room = room;
	}
	c->times[c->last++ % c->room] = t;
}

static unsigned long long answered_in_time;

static void answered(struct conn *c)
{
	now();
	for (; c->first + 1 < c->got / in.size; c->first++) { /* one answer was that of connect_all */
		count(tick - c->times[c->first % c->room], 1);
		answered_in_time += measuring();
	}
}

/* verify_rate fails if the server does not keep up: then latencies say how long that went on. */
static void verify_rate(void)
{
	double came = job.rate * job.length / 1e9, waiting = 0;
	for (int i = 0; i < job.conns; i++)
		waiting += conns[i].last - conns[i].first;
	if (answered_in_time < .9 * came || waiting > .1 * came)
		fail("%.0f requests a second are more than the server answers", job.rate);
}

/* open_loop: requests come at random times and on the connections in turn, as those of many
 * independent clients do, whether the server has answered or not. A latency counts from when the
 * request was to be sent: if the server, or the load, is late, that is in it. */
void open_loop(void)
{
	connect_all();
	prctl(PR_SET_TIMERSLACK, 1UL);
	start();
	long long next = tick, end = tick + job.warm + job.length;
	for (unsigned i = 0; !over(); i %= job.conns) {
		for (now(); next <= tick; next += -log(1 - drand48()) * 1e9 / job.rate) {
			struct conn *c = &conns[i++ % job.conns];
			push_time(c, next);
			ask(c, 1);
		}
		if (measuring() && tick > end)
			verify_rate();
		now();
		turn(next > tick ? next - tick : 0, answered);
	}
}

static unsigned long long visits;

static void visit(struct conn *c)
{
	*c = (struct conn){ .fd = dial(SOCK_NONBLOCK), .place = visits++ };
	c->began = now();
	watch(c, EPOLL_CTL_ADD, EPOLLIN);
	ask(c, 1); /* which waits where it is not connected yet */
}

static void visited(struct conn *c)
{
	if (c->got < due_answers(c))
		return;
	count(now() - c->began, 1);
	close(c->fd);
	visit(c);
}

/* churn: so many connections at a time, each for one request. */
void churn(void)
{
	for (int i = 0; i < job.conns; i++)
		visit(&conns[i]);
	start();
	do
		turn(-1, visited);
	while (!over());
}

/* hold has connections that do nothing. */
void hold(void)
{
	char c;
	connect_all();
	count(0, job.conns);
	print();
	alarm(0);
	while (read(0, &c, 1) > 0)
		;
}
