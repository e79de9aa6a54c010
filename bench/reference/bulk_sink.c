/* bulk_sink: the bound for input. One loop, one shared buffer of 64 KiB, memchr, one read an event.
 *
 *     cc -O2 -o bulk_sink bulk_sink.c && ./bulk_sink 7711
 *
 * It takes each CRLF line, counts lines and their bytes without "\r\n", and answers both at the
 * line "?". It has no timeouts. A line over 64 KiB closes its connection. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 64 << 10, EVENTS = 1024 };

struct conn {
	int fd;
	size_t held_len;
	char held[BUFFER]; /* a line that has begun */
	unsigned long long lines, bytes;
};

static int ep;
static char memory[2 * BUFFER] __attribute__((aligned(4096))), *page = memory + BUFFER;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int fd, struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("epoll_ctl");
}

/* take is what a program does with a line. -1: the connection is of no use. */
static int take(struct conn *c, const char *line, size_t n)
{
	if (n == 1 && *line == '?')
		return dprintf(c->fd, "%llu %llu\r\n", c->lines, c->bytes) < 0 ? -1 : 0;
	c->lines++;
	c->bytes += n;
	return 0;
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c);
}

static void readable(struct conn *c)
{
	/* What is held goes before the page that is read to. On some processors the copy of a read takes
	 * twice as long if, within a page, its destination begins a little after its source. */
	char *in = page - c->held_len;
	size_t begin = 0, from = c->held_len;
	memcpy(in, c->held, from);
	ssize_t got = read(c->fd, page, BUFFER);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		return drop(c);
	size_t n = from + got;
	for (char *lf; (lf = memchr(in + from, '\n', n - from));) {
		from = lf - in + 1;
		if (from - begin < 2 || lf[-1] != '\r')
			continue;
		if (take(c, in + begin, from - begin - 2) < 0)
			return drop(c);
		begin = from;
	}
	c->held_len = n - begin;
	if (c->held_len > BUFFER)
		return drop(c);
	memcpy(c->held, in + begin, c->held_len);
}

static void accept_one(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	struct conn *c = malloc(sizeof *c);
	if (!c)
		die("malloc");
	c->fd = fd;
	c->held_len = c->lines = c->bytes = 0;
	watch(fd, c);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (argc < 2)
		return 2;
	addr.sin_port = htons(atoi(argv[1]));
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (void *)&addr, sizeof addr) < 0 || listen(listener, 4096) < 0)
		die("listen");
	if ((ep = epoll_create1(0)) < 0)
		die("epoll_create1");
	watch(listener, NULL);
	for (struct epoll_event ev[EVENTS];;) {
		int n = epoll_wait(ep, ev, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr)
				readable(ev[i].data.ptr);
			else
				accept_one(listener);
		}
	}
}
