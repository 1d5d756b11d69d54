/* SPDX-License-Identifier: MIT */
/*
 * Guards: a list, and a lock that handlers take too.
 *
 * Of two threads that meet the same page only one may replace it: with a second
 * replacement what was written to the first would be gone.  Nor may it be replaced
 * while it is being unmapped.  The kernel has no call that does so by itself, hence
 * the lock.  It is held with all signals blocked and over nothing that waits, so no
 * handler ever interrupts its holder.
 */
#include "guard.h"
#include "lock.h"
#include <errno.h>
#include <haul/guard.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic(struct haul_guard *) guards;
static uint32_t held;
static atomic_bool fork_hooked;

/* By the bare system call, because the C library does not block its own signals. */
static void lock(uint64_t *mask)
{
	const uint64_t all = UINT64_MAX;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, mask, sizeof all);
	haul_lock(&held);
}

static void unlock(const uint64_t *mask)
{
	haul_unlock(&held);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof *mask);
}

/* The child of a fork has one thread, which did not hold the lock: that would have
 * had to be in a signal handler. */
static void forget_other_threads(void)
{
	haul_unlock(&held);
}

/* Not under the lock, because what runs in fork may touch guarded pages.  That it may
 * be hooked twice does no harm. */
static int hook_fork(void)
{
	int err = 0;

	if (!atomic_load(&fork_hooked)) {
		err = haul_platform_on_fork(forget_other_threads);
		if (!err)
			atomic_store(&fork_hooked, true);
	}
	return err;
}

static struct haul_guard *find(uintptr_t addr)
{
	struct haul_guard *guard = guards;

	while (guard && addr - guard->start >= guard->size)
		guard = guard->next;
	return guard;
}

/* Of ranges that do not wrap: does one of them start in the other? */
static bool overlap(const struct haul_guard *a, const struct haul_guard *b)
{
	return a->start - b->start < b->size || b->start - a->start < a->size;
}

static int add(struct haul_guard *guard, const struct haul_guard *new)
{
	for (const struct haul_guard *other = guards; other; other = other->next)
		if (other == guard)
			return -HAUL_EBUSY;
	for (const struct haul_guard *other = guards; other; other = other->next)
		if (overlap(other, new))
			return -HAUL_EEXIST;
	*guard = *new;
	guard->next = guards;
	if (guard->replaced)
		memset(guard->replaced, 0, HAUL_GUARD_WORDS(guard->size, guard->page) * 8);
	guards = guard;
	return 0;
}

int haul_guard_add(struct haul_guard *guard, void *base, size_t size, size_t page,
		   uint64_t *replaced)
{
	const uintptr_t start = (uintptr_t)base;
	struct haul_guard new = {.start = start, .page = page, .replaced = replaced};
	uint64_t mask;
	int err;

	if (page < (size_t)sysconf(_SC_PAGESIZE) || page & (page - 1) || start == 0 ||
	    start & (page - 1) || size == 0)
		return -HAUL_EINVAL;
	if (size - 1 > UINTPTR_MAX - start)
		return -HAUL_EOVERFLOW;
	new.size = ((size - 1) | (page - 1)) + 1;
	err = hook_fork();
	if (err)
		return err;
	lock(&mask);
	err = add(guard, &new);
	unlock(&mask);
	return err;
}

static int take_out(struct haul_guard *guard)
{
	struct haul_guard *before = guards;

	if (before == guard) {
		guards = guard->next;
		return 0;
	}
	while (before && before->next != guard)
		before = before->next;
	if (!before)
		return -HAUL_ENOENT;
	before->next = guard->next;
	return 0;
}

int haul_guard_remove(struct haul_guard *guard)
{
	uint64_t mask;
	int err;

	lock(&mask);
	err = take_out(guard);
	unlock(&mask);
	return err;
}

static void put_back(struct haul_guard *guard)
{
	guard->next = guards;
	guards = guard;
}

int haul_guard_unmap(struct haul_guard *guard)
{
	const int saved_errno = errno;
	uint64_t mask;
	int err;

	lock(&mask);
	err = take_out(guard);
	if (!err && munmap((void *)guard->start, guard->size)) { /* NOLINT */
		err = -errno;
		put_back(guard);
	}
	unlock(&mask);
	errno = saved_errno;
	return err;
}

size_t haul_guard_count(const struct haul_guard *guard)
{
	return __atomic_load_n(&guard->count, __ATOMIC_ACQUIRE);
}

int haul_guard_next(const struct haul_guard *guard, size_t *offset)
{
	if (!guard->replaced)
		return -HAUL_EINVAL;
	for (size_t i = *offset / guard->page; i < guard->size / guard->page; i++) {
		if (__atomic_load_n(&guard->replaced[i / 64], __ATOMIC_ACQUIRE) >> i % 64 & 1) {
			*offset = i * guard->page;
			return 0;
		}
	}
	return -HAUL_ENOENT;
}

/*
 * Whether the access can be done by now: another thread may have replaced the page,
 * or the file have grown.  The kernel adds 0 to the word there, atomically, and where
 * that fails raises no signal (futex(2), FUTEX_WAKE_OP; nobody waits at `none`).
 */
static bool is_mended(uintptr_t addr)
{
	uint32_t none = 0;

	return syscall(SYS_futex, &none, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, addr & ~3UL,
		       FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, -1)) >= 0;
}

/* Whether the bit was not as it is to be.  Atomic for those who ask meanwhile. */
static bool set_bit(uint64_t *words, size_t index, bool value)
{
	const uint64_t bit = UINT64_C(1) << index % 64;
	const uint64_t word = words[index / 64];

	if (((word & bit) != 0) == value)
		return false;
	__atomic_store_n(&words[index / 64], word ^ bit, __ATOMIC_RELEASE);
	return true;
}

static bool count(struct haul_guard *guard, size_t index)
{
	if (guard->replaced && !set_bit(guard->replaced, index, true))
		return false;
	__atomic_store_n(&guard->count, guard->count + 1, __ATOMIC_RELEASE);
	return true;
}

static void uncount(struct haul_guard *guard, size_t index)
{
	if (guard->replaced)
		set_bit(guard->replaced, index, false);
	__atomic_store_n(&guard->count, guard->count - 1, __ATOMIC_RELEASE);
}

/* Counted first, because others can read the page as soon as it is there. */
static bool replace(struct haul_guard *guard, uintptr_t addr)
{
	const size_t index = (addr - guard->start) / guard->page;
	const uintptr_t start = guard->start + index * guard->page;
	const bool counted = count(guard, index);

	if (syscall(SYS_mmap, start, guard->page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != -1)
		return true;
	if (counted)
		uncount(guard, index);
	return false;
}

bool haul_guard_handle(int signo, const siginfo_t *info)
{
	const uintptr_t addr = (uintptr_t)info->si_addr;
	struct haul_guard *guard;
	int saved_errno;
	uint64_t mask;
	bool served;

	if (signo != SIGBUS || (info->si_code != BUS_ADRERR && info->si_code != BUS_OBJERR) ||
	    !guards)
		return false;
	saved_errno = errno;
	lock(&mask);
	guard = find(addr);
	served = guard && (is_mended(addr) || replace(guard, addr));
	unlock(&mask);
	errno = saved_errno;
	return served;
}
