/* SPDX-License-Identifier: MIT */
/*
 * What libhaul-bare.a asks of the kernel that links it.  These, and memcpy,
 * memmove, memset and memcmp, which compilers call by themselves, are all of its
 * undefined symbols.  Each can be one line; none may fault.
 */
#ifndef HAUL_PLATFORM_H
#define HAUL_PLATFORM_H

#include <haul/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Settings as haul_tune takes them (haul/tune.h), from the command line, say;
 * "" for none.  Asked once, by the first operation.
 */
const char *haul_platform_tunables(void);

/*
 * What the CPU has and does not tell this privilege level itself: a
 * comma-separated list, from the device tree or ACPI; "" for nothing.  Asked
 * before the first operation.
 *   riscv64: zicboz=64, zicbom=64 (the block sizes in bytes; supervisor mode must
 *   have been let use them, cbo.inval too), fast_misaligned, no_misaligned.  The others
 *   tell everything.
 */
const char *haul_platform_features(void);

/* Lets another CPU or thread go on, while waiting for one. */
void haul_platform_yield(void);

/* The count of haul_nofault_begin (haul/trap.h): one per thread, or per CPU if
 * threads do not move between CPUs while it is not 0.  0 at first. */
unsigned *haul_platform_nofault(void);

/* The first address above user space, a multiple of the page size: what
 * haul/user.h does not go beyond. */
uintptr_t haul_platform_user_end(void);

#ifdef __cplusplus
}
#endif

#endif
