/* SPDX-License-Identifier: MIT */
/*
 * The contestants: haul, its variants by name, what is plain and fast, and
 * what people use today to survive faults.
 */
#include "bench.h"

#include <fcntl.h>
#include <haul.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

const char *const bench_routine_names[] = {
	[BENCH_MEMCPY] = "memcpy",
	[BENCH_MEMMOVE] = "memmove",
	[BENCH_MEMSET] = "memset",
	[BENCH_MEMCMP] = "memcmp",
	[BENCH_STRNLEN] = "strnlen",
	[BENCH_TRANSFER] = "transfer",
	[BENCH_FAULT] = "fault",
	[BENCH_TRANSFERV] = "transferv",
	[BENCH_VALUE] = "value",
	[BENCH_ONCE] = "once",
	[BENCH_REGION] = "region",
	[BENCH_IO_READ] = "io_read",
	[BENCH_IO_WRITE] = "io_write",
	[BENCH_IO_COPY] = "io_copy",
	[BENCH_IO_FILL] = "io_fill",
	[BENCH_VIRTQUEUE] = "virtqueue",
	[BENCH_VIRTQUEUE_FAR] = "virtqueue_far",
};

const char *const bench_kind_names[] = {"haul", "variant", "plain", "safe", "base"};

/* Under names of our own the compiler knows nothing of these functions and
 * must call them, all of a kind through the same type. */
bench_copy_fn haul_copy __asm__("haul_memcpy"), haul_move __asm__("haul_memmove");
bench_copy_fn libc_copy __asm__("memcpy"), libc_move __asm__("memmove");
bench_set_fn haul_set __asm__("haul_memset"), libc_set __asm__("memset");
bench_compare_fn libc_compare __asm__("memcmp");
bench_length_fn libc_length __asm__("strnlen");

#define CALL_COPY(op) code.copy((op).dst, (op).src, (op).n)
#define CALL_SET(op) code.set((op).dst, 0, (op).n)
#define CALL_COMPARE(op) code.compare((op).dst, (op).src, (op).n)
#define CALL_ORDER(op) code.compare_order((op).dst, (op).src, (op).n, &(int){0})
#define CALL_LENGTH(op) code.length((const char *)(op).src, (op).n)
#define CALL_LENGTH_OUT(op) code.length_out((const char *)(op).src, (op).n, &(size_t){0})

BENCH_LOOPS(copy_loops, CALL_COPY);
BENCH_LOOPS(set_loops, CALL_SET);
BENCH_LOOPS(compare_loops, CALL_COMPARE);
BENCH_LOOPS(order_loops, CALL_ORDER);
BENCH_LOOPS(length_loops, CALL_LENGTH);
BENCH_LOOPS(length_out_loops, CALL_LENGTH_OUT);

/* Today's ways to survive a fault. */

static sigjmp_buf recovery;

static void recover(int signo)
{
	siglongjmp(recovery, signo);
}

static void handle_segv(void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	sigaction(SIGSEGV, &action, NULL);
}

static void segv_recover(void)
{
	handle_segv(recover, 0);
}

static void segv_recover_nodefer(void)
{
	handle_segv(recover, SA_NODEFER);
}

static void segv_skip(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER};
	action.sa_sigaction = bench_cpu_skip;
	sigaction(SIGSEGV, &action, NULL);
}

static void segv_default(void)
{
	handle_segv(SIG_DFL, 0);
}

static void segv_haul(void)
{
	if (haul_fault_install() != 0)
		abort();
}

static void segv_haul_leave(void)
{
	if (haul_fault_uninstall() != 0)
		abort();
}

static uintptr_t guarded_copy(void *dst, const void *src, size_t n)
{
	if (sigsetjmp(recovery, 0) != 0)
		return 0;
	return libc_copy(dst, src, n);
}

static uintptr_t guarded_copy_mask(void *dst, const void *src, size_t n)
{
	if (sigsetjmp(recovery, 1) != 0)
		return 0;
	return libc_copy(dst, src, n);
}

/* The least that a survivor can cost: the good bytes, then one signal. */
static uintptr_t signal_copy(void *dst, const void *src, size_t n)
{
	size_t good = (size_t)(bench_fault_page - (const unsigned char *)src);
	(void)n;
	libc_copy(dst, src, good);
	bench_cpu_fault(bench_fault_page);
	return good;
}

static pid_t self;

static uintptr_t readv_copy(void *dst, const void *src, size_t n)
{
	struct iovec local = {dst, n};
	struct iovec remote = {.iov_len = n};
	memcpy(&remote.iov_base, &src, sizeof(src));
	ssize_t done = process_vm_readv(self, &local, 1, &remote, 1, 0);
	return done < 0 ? 0 : (uintptr_t)done;
}

static int pipe_ends[2];
static size_t pipe_room;

static void pipe_open(void)
{
	if (pipe(pipe_ends) != 0)
		abort();
	fcntl(pipe_ends[1], F_SETPIPE_SZ, 1 << 20);
	pipe_room = (size_t)fcntl(pipe_ends[1], F_GETPIPE_SZ);
}

/* A pipe of r bytes holds r bytes only when they fill its pages; half of it
 * holds any piece without blocking. */
static uintptr_t pipe_copy(void *dst, const void *src, size_t n)
{
	size_t done = 0;
	while (done < n) {
		size_t piece = n - done < pipe_room / 2 ? n - done : pipe_room / 2;
		ssize_t in = write(pipe_ends[1], (const char *)src + done, piece);
		if (in <= 0)
			break;
		for (size_t left = (size_t)in; left != 0;) {
			ssize_t out = read(pipe_ends[0], (char *)dst + done, left);
			if (out <= 0)
				return done;
			left -= (size_t)out;
			done += (size_t)out;
		}
	}
	return done;
}

/* The table. */

static struct bench_contestant table[96];
static size_t entrants;

struct bench_contestant *bench_enter(enum bench_routine routine, enum bench_kind kind,
				     const char *name, union bench_code code,
				     const struct bench_loops *loops)
{
	if (entrants == sizeof(table) / sizeof(table[0])) {
		fprintf(stderr, "haul-bench: more than %zu contestants\n", entrants);
		exit(2);
	}
	struct bench_contestant *c = &table[entrants++];
	c->routine = routine;
	c->kind = kind;
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->code = code;
	c->loops = loops;
	return c;
}

/* haul as it comes, then each variant that this CPU can run. */
static void enter_haul(enum bench_routine routine, union bench_code code,
		       const struct bench_loops *loops)
{
	const char *name = bench_routine_names[routine];
	struct haul_tune_variant variant;
	size_t first = entrants;

	bench_enter(routine, BENCH_HAUL, "haul", code, loops)->overlap = true;
	for (size_t i = 0; haul_tune_variant_get(i, &variant) == 0; i++) {
		if (strcmp(variant.routine, name) != 0 || !variant.usable)
			continue;
		snprintf(table[first].tune, sizeof(table[first].tune), "%s=auto", name);
		struct bench_contestant *c =
			bench_enter(routine, BENCH_VARIANT, variant.name, code, loops);
		snprintf(c->tune, sizeof(c->tune), "%s=%s", name, variant.name);
		c->overlap = true;
	}
}

static void enter_copies(void)
{
	union bench_code copy = {.copy = haul_copy}, move = {.copy = haul_move};

	enter_haul(BENCH_MEMCPY, copy, &copy_loops);
	copy.copy = libc_copy;
	bench_enter(BENCH_MEMCPY, BENCH_PLAIN, "libc", copy, &copy_loops);
	copy.copy = bench_cpu_copy;
	bench_enter(BENCH_MEMCPY, BENCH_PLAIN, bench_cpu_copy_name, copy, &copy_loops);
	copy.copy = bench_vector_copy();
	bench_enter(BENCH_MEMCPY, BENCH_PLAIN, "vector", copy, &copy_loops);
	copy.copy = guarded_copy;
	bench_enter(BENCH_MEMCPY, BENCH_SAFE, "sigsetjmp", copy, &copy_loops);
	copy.copy = guarded_copy_mask;
	bench_enter(BENCH_MEMCPY, BENCH_SAFE, "sigsetjmp_mask", copy, &copy_loops);
	copy.copy = readv_copy;
	bench_enter(BENCH_MEMCPY, BENCH_SAFE, "process_vm_readv", copy, &copy_loops);
	copy.copy = pipe_copy;
	bench_enter(BENCH_MEMCPY, BENCH_SAFE, "pipe", copy, &copy_loops);

	enter_haul(BENCH_MEMMOVE, move, &copy_loops);
	move.copy = libc_move;
	bench_enter(BENCH_MEMMOVE, BENCH_PLAIN, "libc", move, &copy_loops)->overlap = true;
	move.copy = bench_cpu_copy;
	bench_enter(BENCH_MEMMOVE, BENCH_PLAIN, bench_cpu_copy_name, move, &copy_loops);
	move.copy = bench_vector_copy();
	bench_enter(BENCH_MEMMOVE, BENCH_PLAIN, "vector", move, &copy_loops);
}

static void enter_others(void)
{
	union bench_code code = {.set = haul_set};

	enter_haul(BENCH_MEMSET, code, &set_loops);
	code.set = libc_set;
	bench_enter(BENCH_MEMSET, BENCH_PLAIN, "libc", code, &set_loops);
	code.set = bench_cpu_set;
	bench_enter(BENCH_MEMSET, BENCH_PLAIN, bench_cpu_set_name, code, &set_loops);
	code.set = bench_vector_set();
	bench_enter(BENCH_MEMSET, BENCH_PLAIN, "vector", code, &set_loops);

	code.compare_order = haul_memcmp;
	enter_haul(BENCH_MEMCMP, code, &order_loops);
	code.compare = libc_compare;
	bench_enter(BENCH_MEMCMP, BENCH_PLAIN, "libc", code, &compare_loops);

	code.length_out = haul_strnlen;
	enter_haul(BENCH_STRNLEN, code, &length_out_loops);
	code.length = libc_length;
	bench_enter(BENCH_STRNLEN, BENCH_PLAIN, "libc", code, &length_loops);
}

static void enter_fault(enum bench_kind kind, const char *name, bench_copy_fn *copy,
			void (*before)(void), void (*after)(void))
{
	struct bench_contestant *c =
		bench_enter(BENCH_FAULT, kind, name, (union bench_code){.copy = copy}, &copy_loops);
	c->enter = before;
	c->leave = after;
}

static void enter_faults(void)
{
	enter_fault(BENCH_HAUL, "haul", haul_copy, segv_haul, segv_haul_leave);
	enter_fault(BENCH_PLAIN, "signal", signal_copy, segv_skip, segv_default);
	enter_fault(BENCH_SAFE, "sigsetjmp", guarded_copy, segv_recover_nodefer, segv_default);
	enter_fault(BENCH_SAFE, "sigsetjmp_mask", guarded_copy_mask, segv_recover, segv_default);
	enter_fault(BENCH_SAFE, "process_vm_readv", readv_copy, NULL, NULL);
	enter_fault(BENCH_SAFE, "pipe", pipe_copy, NULL, NULL);
}

static void enter_all(void)
{
	self = getpid();
	pipe_open();
	enter_copies();
	enter_others();
	enter_faults();
	bench_enter_cursors();
	bench_enter_devices();
	bench_enter_virtqueues();
}

const struct bench_contestant *bench_contestants(size_t *count)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, enter_all);
	*count = entrants;
	return table;
}
