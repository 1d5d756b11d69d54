/* SPDX-License-Identifier: MIT */
/*
 * Memory operations on user pages: the operation of haul/mem.h or haul/atomic.h
 * with access open around it, cut short at the end of user space.
 *
 * A fault inside ends in the operation's recovery code, which returns as ever,
 * so there is no path that leaves access open.
 */
#include "arch.h"
#include <haul/atomic.h>
#include <haul/platform.h>
#include <haul/user.h>

/* What there is to open is known once the CPU has been looked at. */
static void open_user(void)
{
	haul_arch_detect();
	haul_arch_user_open();
}

/* How much of a range lies in user space. */
static size_t user_part(const void *user, size_t n)
{
	const uintptr_t start = (uintptr_t)user, end = haul_platform_user_end();
	const size_t room = start < end ? end - start : 0;

	return n < room ? n : room;
}

/* The window closes; where all of the part was done and more was asked for, user
 * space ends. */
static size_t finish(const void *user, size_t part, size_t n, size_t done,
		     enum haul_operand operand, struct haul_fault *fault)
{
	haul_arch_user_close();
	if (fault && done == part && part < n)
		*fault = (struct haul_fault){
			.addr = (uintptr_t)user + part,
			.addr_valid = true,
			.kind = HAUL_FAULT_PROTECTION,
			.operand = operand,
		};
	return done;
}

static size_t copy(void *dst, const void *src, size_t part, struct haul_fault *fault)
{
	open_user();
	return fault ? haul_memcpy_fault(dst, src, part, fault) : haul_memcpy(dst, src, part);
}

size_t haul_copy_from_user(void *dst, const void *user, size_t n, struct haul_fault *fault)
{
	const size_t part = user_part(user, n);

	return finish(user, part, n, copy(dst, user, part, fault), HAUL_OPERAND_SRC, fault);
}

size_t haul_copy_to_user(void *user, const void *src, size_t n, struct haul_fault *fault)
{
	const size_t part = user_part(user, n);

	return finish(user, part, n, copy(user, src, part, fault), HAUL_OPERAND_DST, fault);
}

size_t haul_memset_user(void *user, int c, size_t n, struct haul_fault *fault)
{
	const size_t part = user_part(user, n);
	size_t done;

	open_user();
	done = fault ? haul_memset_fault(user, c, part, fault) : haul_memset(user, c, part);
	return finish(user, part, n, done, HAUL_OPERAND_DST, fault);
}

int haul_strnlen_user(const char *user, size_t max, size_t *len)
{
	const size_t part = user_part(user, max);
	int err;

	open_user();
	err = haul_strnlen(user, part, len);
	haul_arch_user_close();
	return !err && *len == part && part < max ? -HAUL_EFAULT : err;
}

static int check_word(const void *user, size_t width)
{
	haul_arch_detect();
	if ((uintptr_t)user % width)
		return -HAUL_EINVAL;
	return user_part(user, width) == width ? 0 : -HAUL_EFAULT;
}

#define LOAD(bits, type) \
	int haul_load_user_u##bits(const type *user, type *value) \
	{ \
		struct haul_arch_word word; \
		const int err = check_word(user, sizeof *user); \
\
		if (err) \
			return err; \
		word = haul_arch_load_user_u##bits(user); \
		if (word.fault) \
			return -HAUL_EFAULT; \
		*value = (type)word.value; \
		return 0; \
	}

#define STORE(bits, type) \
	int haul_store_user_u##bits(type *user, type value) \
	{ \
		const int err = check_word(user, sizeof *user); \
\
		if (err) \
			return err; \
		return haul_arch_store_user_u##bits(user, value).fault ? -HAUL_EFAULT : 0; \
	}

/* swap, cmpxchg and the fetch-ops: two more arguments, the name's first. */
#define EXCHANGE(name, bits, type, second_type, second, third_type, third) \
	int haul_##name##_user_u##bits(type *user, second_type second, third_type third) \
	{ \
		int err = check_word(user, sizeof *user); \
\
		if (err) \
			return err; \
		open_user(); \
		err = haul_##name##_u##bits(user, second, third); \
		haul_arch_user_close(); \
		return err; \
	}

#define WORD(bits, type) \
	LOAD(bits, type) \
	STORE(bits, type) \
	EXCHANGE(swap, bits, type, type, value, type *, old) \
	EXCHANGE(cmpxchg, bits, type, type *, expected, type, desired) \
	EXCHANGE(fetch_add, bits, type, type, operand, type *, old) \
	EXCHANGE(fetch_and, bits, type, type, operand, type *, old) \
	EXCHANGE(fetch_or, bits, type, type, operand, type *, old) \
	EXCHANGE(fetch_xor, bits, type, type, operand, type *, old)

WORD(8, uint8_t)
WORD(16, uint16_t)
WORD(32, uint32_t)
WORD(64, uint64_t)
