/* load: one thread that asks a server, verifies every byte of the answers, and prints what it has
 * measured as one line of JSON, its own processor time among it.
 *
 *     cc -O2 -o load load*.c -lm && ./load -mode closed -conns 50 -depth 16 -addr 127.0.0.1:7711
 *
 * Modes: closed (each connection sends depth requests in one write and waits for the answers), open
 * (requests come at random times, rate of them a second, answered or not), accept (connect, one
 * request, reset, again), everyone (the last connection sends, and all are sent each request), hold
 * (connect, one request each, and wait for the end of standard input), stream (lines without an
 * end, of which the server tells how many they were).
 *
 * Without files the requests are CRLF lines of size bytes, and the answers are the same. -requests
 * and -answers are files of so many -units, all of one size. -hello is sent on each connection
 * first, and what comes back must end with -welcome. -slow is how many in a hundred connections
 * read next to nothing, in mode everyone; they may be put out. */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SUB = 64 /* buckets for each power of two */, PATIENCE = 10 /* seconds */ };

struct job job = { .conns = 1, .depth = 1, .size = 32, .rate = 1000, .warm = 200000000,
	.length = 1000000000, .addr = "127.0.0.1:7711" };
long long tick;

static uint32_t buckets[64 * SUB];
static unsigned long long units, latencies, ended;
static long long longest, from, to, began, server_cpu, own_cpu;
static clockid_t server = CLOCK_PROCESS_CPUTIME_ID;

void fail(const char *what, ...)
{
	va_list args;
	va_start(args, what);
	fputs("load: ", stderr);
	vfprintf(stderr, what, args);
	fputs("\n", stderr);
	exit(1);
}

static long long read_clock(clockid_t clock)
{
	struct timespec ts;
	if (clock_gettime(clock, &ts) < 0)
		fail("the clock of the server: %s", strerror(errno));
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

long long now(void) { return tick = read_clock(CLOCK_MONOTONIC); }

/* be_patient gives the server some time from now on to answer anything. */
void be_patient(void) { alarm(PATIENCE); }

/* start sets the time that is measured: after the warming up. */
void start(void)
{
	from = now() + job.warm;
	to = from + job.length;
	alarm((job.warm + job.length) / 1000000000 + PATIENCE);
}

int measuring(void) { return began != 0; }

void gone(void) { ended++; }

/* count has latencies in buckets of one to two per cent. */
void count(long long latency, unsigned long long n)
{
	uint64_t v = latency < 0 ? 0 : latency;
	int shift = v < SUB ? 0 : 57 - __builtin_clzll(v); /* leaves 7 bits, of which the first is set */
	buckets[v < SUB ? v : (shift + 1) * SUB + (v >> shift) - SUB]++;
	latencies++;
	if (latency > longest)
		longest = latency;
	units += n;
}

static long long quantile(double q)
{
	uint64_t want = q * latencies, seen = 0;
	for (int i = 0; i < 64 * SUB; i++) {
		seen += buckets[i];
		if (!buckets[i] || seen <= want)
			continue;
		int shift = i < SUB ? 0 : i / SUB - 1;
		long long upper = i < SUB ? i : ((long long)(i % SUB + SUB + 1) << shift) - 1;
		return upper < longest ? upper : longest;
	}
	return longest;
}

static void begin(void)
{
	units = latencies = longest = 0;
	memset(buckets, 0, sizeof buckets);
	server_cpu = read_clock(server);
	own_cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	began = now();
}

/* print is the end of the measurement, of none where none has begun. */
void print(void)
{
	double seconds = began ? (now() - began) / 1e9 : 0;
	printf("{\"units\":%llu,\"seconds\":%.9f,\"server_cpu_ns\":%lld,\"load_cpu_ns\":%lld,"
	       "\"p50_ns\":%lld,\"p99_ns\":%lld,\"p999_ns\":%lld,\"max_ns\":%lld,\"gone\":%llu}\n",
	       units, seconds, read_clock(server) - server_cpu,
	       read_clock(CLOCK_PROCESS_CPUTIME_ID) - own_cpu, quantile(.5), quantile(.99),
	       quantile(.999), longest, ended);
	fflush(stdout);
}

/* over is called now and then, and begins the measurement and ends it when it is time. */
int over(void)
{
	if (!began && tick > from) {
		begin();
	} else if (began && tick > to) {
		print();
		return 1;
	}
	return 0;
}

/* nanoseconds reads a time as Go writes it, 1m2.5s or 700ms. */
static long long nanoseconds(const char *text)
{
	static const struct { const char *unit; double ns; } table[] = {
		{ "ms", 1e6 }, { "µs", 1e3 }, { "us", 1e3 }, { "ns", 1 }, { "h", 3600e9 }, { "m", 60e9 },
		{ "s", 1e9 } };
	double sum = 0;
	while (*text) {
		char *unit;
		double n = strtod(text, &unit);
		int i = 0;
		while (i < 7 && strncmp(unit, table[i].unit, strlen(table[i].unit)))
			i++;
		if (i == 7 || unit == text)
			fail("%s is no time", text);
		sum += n * table[i].ns;
		text = unit + strlen(table[i].unit);
	}
	return sum;
}

static const struct { const char *name; void (*run)(void); } modes[] = {
	{ "closed", closed_loop }, { "open", open_loop }, { "accept", churn }, { "everyone", everyone },
	{ "hold", hold }, { "stream", stream } };

static void (*options(int argc, char **argv))(void)
{
	const char *mode = "closed", *warm = "200ms", *length = "1s";
	const struct { const char *name; int *number; const char **text; } table[] = {
		{ "-conns", &job.conns, 0 }, { "-depth", &job.depth, 0 }, { "-size", &job.size, 0 },
		{ "-units", &job.units, 0 }, { "-pid", &job.pid, 0 }, { "-slow", &job.slow, 0 },
		{ "-mode", 0, &mode }, { "-addr", 0, &job.addr }, { "-warm", 0, &warm },
		{ "-length", 0, &length }, { "-requests", 0, &job.requests }, { "-answers", 0, &job.answers },
		{ "-hello", 0, &job.hello }, { "-welcome", 0, &job.welcome } };
	const int known = sizeof table / sizeof *table;
	for (int i = 1; i < argc; i += 2) {
		int o = 0;
		while (o < known && strcmp(argv[i], table[o].name))
			o++;
		if (i + 1 == argc || (o == known && strcmp(argv[i], "-rate")))
			fail("there is no option %s, or it has no value", argv[i]);
		if (o == known)
			job.rate = atof(argv[i + 1]);
		else if (table[o].text)
			*table[o].text = argv[i + 1];
		else
			*table[o].number = atoi(argv[i + 1]);
	}
	job.warm = nanoseconds(warm);
	job.length = nanoseconds(length);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(mode, modes[i].name))
			return modes[i].run;
	fail("there is no mode %s", mode);
}

static void stuck(int signal)
{
	static const char text[] = "load: the server does not answer\n";
	(void)signal;
	if (write(2, text, sizeof text - 1))
		_exit(1);
	_exit(1);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	void (*run)(void) = options(argc, argv);
	if (job.conns < 1 || job.depth < 1 || job.size < 4 || job.rate <= 0)
		fail("cannot do that");
	if (job.pid && clock_getcpuclockid(job.pid, &server))
		fail("there is no process %d", job.pid);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, stuck);
	be_patient();
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	make_streams();
	run();
	return 0;
}
