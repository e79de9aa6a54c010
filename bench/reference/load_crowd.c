/* The load of a server that sends each request to all. */
#define _GNU_SOURCE
#include "load.h"
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIP = 256, SIPS_APART = 100 * 1000 * 1000 /* nanoseconds */ };

static int missing, slow; /* who has not received all; who is slow: the first ones */

static void heard(struct conn *c) { missing -= c->got == due_answers(c); }

/* join makes the connections. Those that are slow are not watched. */
static void join(void)
{
	slow = job.conns * job.slow / 100;
	for (int i = 0; i < job.conns; i++) {
		struct conn *c = &conns[i];
		small = i < slow;
		add(c, 0);
		if (small) {
			c->slow = 1;
			watch(c, EPOLL_CTL_DEL, 0);
		}
		if (i % 64 == 63) {
			usleep(1000); /* the server accepts meanwhile */
			be_patient();
		}
	}
}

/* say has the last connection send, and waits until all others that are not slow have it too. */
static void say(size_t units)
{
	struct conn *speaker = &conns[job.conns - 1];
	for (int i = 0; i < job.conns; i++) {
		conns[i].due += units * out.size;
		if (&conns[i] != speaker)
			conns[i].sent = conns[i].due; /* it has nothing to say itself */
	}
	missing = job.conns - slow;
	long long began = now();
	flush(speaker);
	while (missing > 0)
		turn(-1, heard);
	count(now() - began, units * (job.conns - slow));
}

static void sip(void)
{
	for (int i = 0; i < slow; i++)
		if (conns[i].fd >= 0 && !receive(&conns[i], SIP)) {
			close(conns[i].fd);
			conns[i].fd = -1;
			gone();
		}
}

/* everyone: one batch to all after the other. The first line is answered before the measurement, so
 * that all are known to be there. */
void everyone(void)
{
	join();
	say(1);
	start();
	for (long long last = tick; !over();) {
		say(job.depth);
		if (slow && tick - last > SIPS_APART) {
			last = tick;
			sip();
		}
	}
}
