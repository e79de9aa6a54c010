/* Connections of the load: what is sent on them, and what must come back. */
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { GREETING = 1024, AT_A_TIME = 64 };

struct stream out, in;
struct conn *conns;
int epoll, small;

static char buffer[TAIL];
static struct sockaddr_in server;
static char *hello, *welcome;
static size_t hello_len, welcome_len;

static void *allocate(size_t n)
{
	void *p = calloc(1, n);
	if (!p)
		fail("no memory");
	return p;
}

/* slurp returns what is in a file. */
char *slurp(const char *file, size_t *n)
{
	FILE *f = fopen(file, "rb");
	if (!f || fseek(f, 0, SEEK_END) < 0)
		fail("%s: %s", file, strerror(errno));
	*n = ftell(f);
	rewind(f);
	char *text = allocate(*n + 1);
	if (fread(text, 1, *n, f) != *n)
		fail("%s: %s", file, strerror(errno));
	fclose(f);
	return text;
}

static struct stream ring(const char *bytes, size_t n, size_t units)
{
	struct stream s = { allocate(n + TAIL), n / units, n };
	if (!s.size || n % units)
		fail("%zu bytes are not %zu units of one size", n, units);
	for (size_t i = 0; i < n + TAIL; i++)
		s.ring[i] = bytes[i % n];
	return s;
}

/* lines are different ones, of random letters. */
static struct stream lines(size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
	size_t units = (128 << 10) / size > 64 ? (128 << 10) / size : 64, n = units * size;
	char *bytes = allocate(n);
	srand(1);
	for (size_t i = 0; i < n; i++)
		bytes[i] = letters[rand() >> 8 & 63];
	for (size_t end = size; end <= n; end += size)
		memcpy(bytes + end - 2, "\r\n", 2);
	struct stream s = ring(bytes, n, units);
	free(bytes);
	return s;
}

void make_streams(void)
{
	size_t n;
	int port = 0;
	char host[64];
	if (sscanf(job.addr, "%63[0-9.]:%d", host, &port) != 2 || !inet_aton(host, &server.sin_addr))
		fail("%s is no address", job.addr);
	server.sin_family = AF_INET;
	server.sin_port = htons(port);
	if (job.hello)
		hello = slurp(job.hello, &hello_len);
	if (job.welcome)
		welcome = slurp(job.welcome, &welcome_len);
	if (job.requests) {
		char *bytes = slurp(job.requests, &n);
		out = in = ring(bytes, n, job.units);
		free(bytes);
	} else {
		out = in = lines(job.size);
	}
	if (job.answers) {
		char *bytes = slurp(job.answers, &n);
		in = ring(bytes, n, out.wrap / out.size);
		free(bytes);
	}
	conns = allocate(job.conns * sizeof *conns);
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		fail("epoll: %s", strerror(errno));
}

/* dial connects: waiting for that, or not. */
int dial(int flags)
{
	struct linger reset = { .l_onoff = 1 }; /* which keeps no port busy */
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		fail("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (small)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &one, sizeof one); /* the least there is */
	if (connect(fd, (void *)&server, sizeof server) < 0 && errno != EINPROGRESS)
		fail("connect: %s", strerror(errno));
	return fd;
}

void watch(struct conn *c, int op, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };
	if (epoll_ctl(epoll, op, c->fd, &ev) < 0)
		fail("epoll_ctl: %s", strerror(errno));
}

/* greet does what a protocol begins with. */
static void greet(int fd)
{
	char got[GREETING];
	size_t n = 0;
	if (hello_len && send(fd, hello, hello_len, 0) != (ssize_t)hello_len)
		fail("hello: %s", strerror(errno));
	while (n < welcome_len || memcmp(got + n - welcome_len, welcome, welcome_len)) {
		ssize_t more = recv(fd, got + n, sizeof got - n, 0);
		if (more <= 0)
			fail("the server does not say welcome, but %zu other bytes", n);
		n += more;
	}
}

/* add makes connection i, watched for answers. */
void add(struct conn *c, int i)
{
	*c = (struct conn){ .fd = dial(0), .place = i * 61ULL % (out.wrap / out.size) };
	greet(c->fd);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

unsigned long long due_answers(const struct conn *c) { return c->due / out.size * in.size; }

/* ask sends so many requests more. */
void ask(struct conn *c, size_t units)
{
	c->due += units * out.size;
	flush(c);
}

/* flush sends what is due, or as much of it as there is room for. */
void flush(struct conn *c)
{
	while (c->sent < c->due) {
		size_t at = (c->place * out.size + c->sent) % out.wrap, n = c->due - c->sent;
		if (n > out.wrap + TAIL - at)
			n = out.wrap + TAIL - at;
		ssize_t sent = send(c->fd, out.ring + at, n, 0);
		if (sent < 0 && errno != EAGAIN)
			fail("send: %s", strerror(errno));
		if (sent < 0) {
			if (!c->waits)
				watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			c->waits = 1;
			return;
		}
		c->sent += sent;
	}
	if (c->waits)
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
	c->waits = 0;
}

/* receive reads once, and verifies it. It returns whether the connection goes on, which only one
 * that is slow may not. */
int receive(struct conn *c, size_t most)
{
	ssize_t n = recv(c->fd, buffer, most, 0);
	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n <= 0 && c->slow)
		return 0;
	if (n <= 0)
		fail("receive: %s", n ? strerror(errno) : "the server has closed a connection");
	for (size_t done = 0, part; done < (size_t)n; done += part) {
		size_t at = (c->place * in.size + c->got) % in.wrap;
		part = n - done < in.wrap + TAIL - at ? n - done : in.wrap + TAIL - at;
		if (memcmp(buffer + done, in.ring + at, part))
			fail("an answer is not what it must be");
		c->got += part;
	}
	if (c->got > due_answers(c))
		fail("more answers than requests");
	return 1;
}

/* wait_for waits so many nanoseconds for events, negative for as long as it takes. */
static int wait_for(struct epoll_event *ev, long long ns)
{
	if (ns < 0)
		return epoll_wait(epoll, ev, EVENTS, -1);
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };
	int n = syscall(SYS_epoll_pwait2, epoll, ev, EVENTS, &ts, NULL, 0);
	return n < 0 && errno == ENOSYS ? epoll_wait(epoll, ev, EVENTS, ns / 1000000) : n;
}

/* turn waits for events, and calls then, if there is one, for each connection that has received
 * something. */
void turn(long long wait, void (*then)(struct conn *))
{
	struct epoll_event ev[EVENTS];
	int n = wait_for(ev, wait);
	for (int i = 0; i < n; i++) {
		struct conn *c = ev[i].data.ptr;
		if (ev[i].events & EPOLLOUT)
			flush(c);
		if (!(ev[i].events & ~EPOLLOUT))
			continue;
		receive(c, sizeof buffer);
		if (then)
			then(c);
	}
}

/* connect_all makes all connections, some at a time, and has one request of each answered. So all
 * are accepted. */
void connect_all(void)
{
	for (int n = 0, begun = 0; n < job.conns; begun = n) {
		be_patient();
		for (; n < job.conns && n < begun + AT_A_TIME; n++) {
			add(&conns[n], n);
			ask(&conns[n], 1);
		}
		for (int i = begun; i < n; i++)
			while (conns[i].got < due_answers(&conns[i]))
				turn(-1, NULL);
	}
}
