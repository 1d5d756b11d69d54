/* SPDX-License-Identifier: MIT */
/*
 * Memory operations of a kernel on user pages (libhaul-bare.a).
 *
 * The contract is that of haul/mem.h and haul/atomic.h.  In addition:
 *   - the kernel's access to user pages is opened for the operation and closed
 *     when it returns, however it ends: SMAP (x86_64), PAN (aarch64), SUM
 *     (riscv64); loongarch64 has no such lock.  Single loads and stores on
 *     aarch64 are unprivileged ones instead, which need no opening;
 *   - nothing at or above haul_platform_user_end() is accessed: operations
 *     fall short there as at a page that is not allowed (HAUL_FAULT_PROTECTION
 *     with signo and code 0: no trap happened).
 * That check is no barrier to speculation: a kernel that wants one there places it
 * before the call.
 * The trap handler must close access on entry and restore it on return; CPUs
 * do, but for x86_64 (CLAC) and riscv64 (SUM).  page_in may thus sleep.
 *
 * Any thread, any context that may fault.
 */
#ifndef HAUL_USER_H
#define HAUL_USER_H

#include <haul/base.h>
#include <haul/fault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copy n bytes; return bytes copied. */
size_t haul_copy_from_user(void *dst, const void *user, size_t n, struct haul_fault *fault);
size_t haul_copy_to_user(void *user, const void *src, size_t n, struct haul_fault *fault);

/* Sets n bytes to (unsigned char)c; returns bytes set. */
size_t haul_memset_user(void *user, int c, size_t n, struct haul_fault *fault);

/* As haul_strnlen. */
int haul_strnlen_user(const char *user, size_t max, size_t *len);

/* As their namesakes in haul/atomic.h. */
#define HAUL_USER_WORD(bits, type) \
	int haul_load_user_u##bits(const type *user, type *value); \
	int haul_store_user_u##bits(type *user, type value); \
	int haul_swap_user_u##bits(type *user, type value, type *old); \
	int haul_cmpxchg_user_u##bits(type *user, type *expected, type desired); \
	int haul_fetch_add_user_u##bits(type *user, type operand, type *old); \
	int haul_fetch_and_user_u##bits(type *user, type operand, type *old); \
	int haul_fetch_or_user_u##bits(type *user, type operand, type *old); \
	int haul_fetch_xor_user_u##bits(type *user, type operand, type *old);
HAUL_USER_WORD(8, uint8_t)
HAUL_USER_WORD(16, uint16_t)
HAUL_USER_WORD(32, uint32_t)
HAUL_USER_WORD(64, uint64_t)
#undef HAUL_USER_WORD

#ifdef __cplusplus
}
#endif

#endif
