/* Streams of lines to a server that counts them. At the end the line "?" asks what it has counted
 * on each connection, lines and their bytes without "\r\n", and one wrong count is a failure. The
 * time is that from the first byte to the last count.
 *
 * The lines are in a file in memory, which sendfile sends without a copy: with a copy, the load
 * costs as much as a fast server. The file is larger than the cache that many a core has to itself,
 * so that the server reads what is not in its cache, as from a network. */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILE_SIZE = 1 << 20 };

static int file;
static size_t whole; /* bytes of the lines in it */

static void fill(void)
{
	whole = FILE_SIZE / out.size * out.size;
	if ((file = memfd_create("lines", MFD_CLOEXEC)) < 0)
		fail("memfd_create: %s", strerror(errno));
	for (size_t done = 0, n; done < whole; done += n) {
		n = whole - done < out.wrap ? whole - done : out.wrap;
		if (write(file, out.ring, n) != (ssize_t)n)
			fail("memory for lines: %s", strerror(errno));
	}
}

static void send_some(struct conn *c, size_t n)
{
	off_t at = c->sent % whole;
	ssize_t sent = sendfile(c->fd, file, &at, n < whole - at ? n : whole - at);
	if (sent < 0 && errno != EAGAIN)
		fail("sendfile: %s", strerror(errno));
	if (sent > 0)
		c->sent += sent;
}

/* finish ends the line that has begun, and asks for the count. */
static void finish(struct conn *c)
{
	fcntl(c->fd, F_SETFL, 0);
	while (c->sent % out.size)
		send_some(c, out.size - c->sent % out.size);
	if (send(c->fd, "?\r\n", 3, 0) != 3)
		fail("send: %s", strerror(errno));
}

static void verify(struct conn *c)
{
	char got[100] = "", want[100];
	for (size_t n = 0; !memchr(got, '\n', n);) {
		ssize_t more = n < sizeof got - 1 ? recv(c->fd, got + n, sizeof got - 1 - n, 0) : 0;
		if (more <= 0)
			fail("the server does not tell what it has counted");
		n += more;
	}
	unsigned long long lines = c->sent / out.size;
	sprintf(want, "%llu %llu\r\n", lines, lines * (out.size - 2));
	if (strcmp(got, want))
		fail("the server has counted %.*s, sent were %s", (int)strcspn(got, "\r\n"), got, want);
}

/* stream has no time to warm up: what it measures is all that it sends. */
void stream(void)
{
	fill();
	for (int i = 0; i < job.conns; i++) {
		add(&conns[i], 0);
		watch(&conns[i], EPOLL_CTL_MOD, EPOLLOUT);
	}
	job.warm = -1;
	start();
	now();
	over(); /* it begins now */
	for (long long until = tick + job.length; now() < until;) {
		struct epoll_event ev[EVENTS];
		for (int i = epoll_wait(epoll, ev, EVENTS, 100) - 1; i >= 0; i--)
			send_some(ev[i].data.ptr, whole);
	}
	for (int i = 0; i < job.conns; i++)
		finish(&conns[i]);
	for (int i = 0; i < job.conns; i++) {
		verify(&conns[i]);
		count(0, conns[i].sent / out.size);
	}
	print();
}
