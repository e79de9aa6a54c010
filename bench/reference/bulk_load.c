/* bulk_load: one thread that streams lines to a server that counts them.
 *
 *     cc -O2 -o bulk_load bulk_load.c && ./bulk_load PORT CONNECTIONS LINE SECONDS [PID]
 *
 * Lines of so many bytes, "\r\n" included, go out on all connections for so many seconds. Then the
 * line "?" asks what the server has counted on each connection: lines, and their bytes without
 * "\r\n". One wrong count is a failure. It prints one line of JSON. The time is that from the first
 * send to the last count; server_cpu_ns is that of the process PID.
 *
 * The lines are in a file in memory, which sendfile sends without a copy: with a copy, the load
 * costs as much as a fast server. The file is larger than the cache that many a core has to itself,
 * so that the server reads what is not in its cache, as from a network. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FILE_SIZE = 1 << 20, EVENTS = 64, PATIENCE = 60 /* seconds for the counts */ };

struct conn {
	int fd;
	off_t at; /* in the file */
	unsigned long long sent;
};

static int file;
static size_t size, whole; /* of a line; of the lines in the file */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long long now(clockid_t clock)
{
	struct timespec ts;
	if (clock_gettime(clock, &ts) < 0)
		die("clock_gettime");
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void fill(void)
{
	whole = FILE_SIZE / size * size;
	char *lines = malloc(whole);
	if (!lines)
		die("malloc");
	memset(lines, 'x', whole);
	for (size_t end = size; end <= whole; end += size)
		memcpy(lines + end - 2, "\r\n", 2);
	file = memfd_create("lines", MFD_CLOEXEC);
	if (file < 0 || write(file, lines, whole) != (ssize_t)whole)
		die("memfd_create");
	free(lines);
}

static int dial(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (void *)&addr, sizeof addr) < 0)
		die("connect");
	return fd;
}

static void send_some(struct conn *c, size_t n)
{
	ssize_t sent = sendfile(c->fd, file, &c->at, n);
	if (sent < 0 && errno != EAGAIN)
		die("sendfile");
	if (sent > 0)
		c->sent += sent;
	c->at %= whole;
}

static void stream(struct conn *conns, int n, long long until)
{
	struct epoll_event ev[EVENTS];
	int ep = epoll_create1(0);
	for (int i = 0; i < n; i++) {
		fcntl(conns[i].fd, F_SETFL, O_NONBLOCK);
		ev[0] = (struct epoll_event){ .events = EPOLLOUT, .data.ptr = &conns[i] };
		if (epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, ev) < 0)
			die("epoll_ctl");
	}
	while (now(CLOCK_MONOTONIC) < until)
		for (int i = epoll_wait(ep, ev, EVENTS, 100) - 1; i >= 0; i--) {
			struct conn *c = ev[i].data.ptr;
			send_some(c, whole - c->at);
		}
	close(ep);
}

/* ask ends the line that has begun, and asks for the count. */
static void ask(struct conn *c)
{
	fcntl(c->fd, F_SETFL, 0);
	while (c->at % size)
		send_some(c, size - c->at % size);
	if (send(c->fd, "?\r\n", 3, MSG_NOSIGNAL) != 3)
		die("send");
}

/* verify reads the count, and compares it with what was sent. */
static void verify(struct conn *c)
{
	char got[100], want[100];
	size_t n = 0;
	do {
		ssize_t more = read(c->fd, got + n, sizeof got - 1 - n);
		if (more <= 0)
			die("no count");
		n += more;
	} while (got[n - 1] != '\n' && n < sizeof got - 1);
	got[n] = 0;
	unsigned long long lines = c->sent / size;
	sprintf(want, "%llu %llu\r\n", lines, lines * (size - 2));
	if (strcmp(got, want)) {
		got[strcspn(got, "\r\n")] = 0;
		fprintf(stderr, "the server has counted %s, sent were %s", got, want);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;
	size = argc > 3 ? atoi(argv[3]) : 0;
	if (argc < 5 || n < 1 || size < 3 || size > FILE_SIZE) {
		fprintf(stderr, "usage: bulk_load PORT CONNECTIONS LINE SECONDS [PID]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	clockid_t server = CLOCK_PROCESS_CPUTIME_ID;
	if (argc > 5 && clock_getcpuclockid(atoi(argv[5]), &server))
		die("clock of the server");
	double seconds = atof(argv[4]);
	struct conn *conns = calloc(n, sizeof *conns);
	fill();
	for (int i = 0; i < n; i++)
		conns[i].fd = dial(atoi(argv[1]));
	alarm(seconds + PATIENCE);

	long long began = now(CLOCK_MONOTONIC), own = now(CLOCK_PROCESS_CPUTIME_ID), cpu = now(server);
	stream(conns, n, began + seconds * 1e9);
	unsigned long long sent = 0;
	for (int i = 0; i < n; i++)
		ask(&conns[i]);
	for (int i = 0; i < n; i++) {
		verify(&conns[i]);
		sent += conns[i].sent;
	}
	own = now(CLOCK_PROCESS_CPUTIME_ID) - own;
	cpu = argc > 5 ? now(server) - cpu : 0;
	double took = (now(CLOCK_MONOTONIC) - began) / 1e9;
	printf("{\"units\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"server_cpu_ns\":%lld,"
	       "\"load_cpu_ns\":%lld,", sent / size, sent, took, cpu, own);
	printf("\"lines_per_second\":%.0f,\"MB_per_second\":%.1f,\"server_share\":%.2f,"
	       "\"load_share\":%.2f}\n", sent / size / took, sent / took / 1e6, cpu / took / 1e9,
	       own / took / 1e9);
	return 0;
}
