/* epoll_echo: the bound to measure against. One loop, one shared buffer, memchr, one read and one write an event.
 *
 *     cc -O2 -o epoll_echo epoll_echo.c && ./epoll_echo 7711
 *
 * It sends every CRLF line back; "./epoll_echo 7711 all" sends every line to all connections. It has no timeouts, and no bound on the output
 * to all. A line over 64 KiB closes its connection. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 64 << 10, EVENTS = 1024, CONNS = 1 << 20 };

struct conn {
	char *held, *out; /* a line that has begun; output that the peer has not taken */
	size_t held_len, out_len;
	int live;
};

static int ep, to_all, top; /* top: no descriptor is above it */
static struct conn conns[CONNS]; /* by descriptor */
static char in[2 * BUFFER], out[2 * BUFFER];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int op, int fd, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	if (epoll_ctl(ep, op, fd, &ev) < 0)
		die("epoll_ctl");
}

static void drop(int fd)
{
	free(conns[fd].held);
	free(conns[fd].out);
	memset(&conns[fd], 0, sizeof conns[fd]);
	close(fd);
}

/* keep returns a copy of p in memory of its own. */
static char *keep(const char *p, size_t n)
{
	char *copy = malloc(n);
	if (!copy)
		die("malloc");
	return memcpy(copy, p, n);
}

/* send_out writes, and keeps what the peer does not take: then room is waited for, and no more is read. -1: the connection is gone. */
static int send_out(int fd, const char *p, size_t n)
{
	struct conn *c = &conns[fd];
	if (c->out) { /* only a line to all comes here while output waits */
		c->out = realloc(c->out, c->out_len + n);
		if (!c->out)
			die("realloc");
		memcpy(c->out + c->out_len, p, n);
		c->out_len += n;
		return 0;
	}
	ssize_t sent = write(fd, p, n);
	if (sent < 0) {
		if (errno != EAGAIN)
			return -1;
		sent = 0;
	}
	if ((size_t)sent < n) {
		c->out_len = n - sent;
		c->out = keep(p + sent, c->out_len);
		watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
	}
	return 0;
}

static void writable(int fd)
{
	struct conn *c = &conns[fd];
	ssize_t sent = write(fd, c->out, c->out_len);
	if (sent < 0 && errno != EAGAIN) {
		drop(fd);
	} else if (sent > 0 && !(c->out_len -= sent)) {
		free(c->out);
		c->out = NULL;
		watch(EPOLL_CTL_MOD, fd, EPOLLIN);
	} else if (sent > 0) {
		memmove(c->out, c->out + sent, c->out_len);
	}
}

static void everyone(const char *p, size_t n)
{
	for (int fd = 0; fd <= top; fd++)
		if (conns[fd].live && send_out(fd, p, n) < 0)
			drop(fd);
}

/* lines copies the whole lines of in to out, one by one as a program with something to say would, and returns how many bytes that was. */
static size_t lines(size_t n)
{
	size_t begin = 0, from = 0, made = 0;
	for (;;) {
		char *lf = memchr(in + from, '\n', n - from);
		if (!lf)
			return made;
		size_t end = lf - in + 1;
		if (end - begin >= 2 && lf[-1] == '\r') {
			memcpy(out + made, in + begin, end - begin);
			made += end - begin;
			begin = end;
		}
		from = end;
	}
}

static void readable(int fd)
{
	struct conn *c = &conns[fd];
	size_t n = c->held_len;
	if (n)
		memcpy(in, c->held, n);
	ssize_t got = read(fd, in + n, BUFFER);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		return drop(fd);
	n += got;
	size_t made = lines(n);
	free(c->held);
	c->held = NULL;
	c->held_len = n - made;
	if (c->held_len > BUFFER)
		return drop(fd);
	if (c->held_len)
		c->held = keep(in + made, c->held_len);
	if (!made)
		return;
	if (to_all)
		everyone(out, made);
	else if (send_out(fd, out, made) < 0)
		drop(fd);
}

static void accept_all(int listener)
{
	for (int i = 0, one = 1; i < 64; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 || fd >= CONNS)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		conns[fd].live = 1;
		if (fd > top)
			top = fd;
		watch(EPOLL_CTL_ADD, fd, EPOLLIN);
	}
}

int main(int argc, char **argv)
{
	struct rlimit lim;
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (argc < 2)
		return 2;
	addr.sin_port = htons(atoi(argv[1]));
	to_all = argc > 2 && !strcmp(argv[2], "all");
	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (void *)&addr, sizeof addr) < 0 || listen(listener, 4096) < 0 || (ep = epoll_create1(0)) < 0)
		die("listen");
	watch(EPOLL_CTL_ADD, listener, EPOLLIN);
	for (struct epoll_event ev[EVENTS];;) {
		int n = epoll_wait(ep, ev, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int fd = ev[i].data.fd;
			if (fd == listener)
				accept_all(listener);
			else if (conns[fd].live && conns[fd].out && ev[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
				writable(fd);
			else if (conns[fd].live)
				readable(fd);
		}
	}
}
