/* SPDX-License-Identifier: MIT */
/*
 * The waist: everything that a port provides, each with its contract, once.
 *
 * The code above this header names no CPU; the code below it (arch/<cpu>/)
 * knows nothing of signals, tunables, regions or rings.  `ls arch/<cpu>` shows
 * the same files for every port, variants (memcpy-avx2.S) beside the routine.
 *
 * Routines are assembly, leaf, on the caller's stack frame (but for fixups of
 * x86_64 that put a vector on the stack), and touch only caller-saved registers.
 * Every instruction that may touch caller memory is marked where it stands
 * (arch/asm.h); its fixup makes the count exact.
 */
#ifndef HAUL_ARCH_H
#define HAUL_ARCH_H

#include <haul/cache.h>
#include <haul/extable.h>
#include <haul/fault.h>
#include <haul/mem.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copy, move and fill: the port defines haul_memcpy, haul_memmove and
 * haul_memset (haul/mem.h) itself.  No wrapper stands between a caller and
 * the first instruction, because at 8 bytes a jump can be measured.  What every
 * CPU of the port can do well is served there; the rest goes through the
 * routine's slot (below).
 *
 * After a fault (fewer than n done) each leaves the facts in the registers
 * that the fault entry filled; the _facts forms call the plain form and store
 * those registers.  *facts has meaning only if fewer than n bytes were done.
 */
struct haul_arch_facts {
	uint64_t addr;   /* as the CPU told it, 0 if it told none */
	uint32_t signo;  /* bare: trap vector or cause */
	uint32_t code;   /* si_code; bare: error code or syndrome */
	uint8_t kind;    /* enum haul_fault_kind */
	uint8_t operand; /* enum haul_operand, from the table entry */
	uint8_t addr_valid;
	uint8_t addr_lsb;
	uint32_t reserved; /* 0 */
};

size_t haul_arch_memcpy_facts(void *dst, const void *src, size_t n, struct haul_arch_facts *facts);
size_t haul_arch_memmove_facts(void *dst, const void *src, size_t n, struct haul_arch_facts *facts);
size_t haul_arch_memset_facts(void *dst, int c, size_t n, struct haul_arch_facts *facts);

/*
 * The length of the common prefix: `same` bytes are readable on both sides and
 * equal.  If same < n, `order` is the difference of the bytes at `same` (as
 * unsigned), or 0 if one of them could not be read.
 */
struct haul_arch_prefix {
	size_t same;
	int64_t order;
};
struct haul_arch_prefix haul_arch_memcmp(const void *a, const void *b, size_t n);

/*
 * Bytes of s before its NUL or max, whichever comes first; or, with fault 1,
 * before the first byte that could not be read.  May read the rest of an
 * aligned block of at most 64 bytes around s and its end.
 */
struct haul_arch_length {
	size_t len;
	uint64_t fault;
};
struct haul_arch_length haul_arch_strnlen(const char *s, size_t max);

/*
 * Atomics of 8 to 64 bits; p is aligned.  `value` is what was there before,
 * zero-extended, and has no meaning if fault is 1.  Sequentially consistent.
 * cmpxchg exchanged if value == expected; it never fails spuriously.
 */
struct haul_arch_word {
	uint64_t value, fault;
};
struct haul_arch_word haul_arch_swap_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_swap_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_swap_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_swap_u64(uint64_t *p, uint64_t v);
struct haul_arch_word haul_arch_cmpxchg_u8(uint8_t *p, uint8_t expected, uint8_t desired);
struct haul_arch_word haul_arch_cmpxchg_u16(uint16_t *p, uint16_t expected, uint16_t desired);
struct haul_arch_word haul_arch_cmpxchg_u32(uint32_t *p, uint32_t expected, uint32_t desired);
struct haul_arch_word haul_arch_cmpxchg_u64(uint64_t *p, uint64_t expected, uint64_t desired);
struct haul_arch_word haul_arch_fetch_add_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_fetch_add_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_fetch_add_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_fetch_add_u64(uint64_t *p, uint64_t v);
struct haul_arch_word haul_arch_fetch_and_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_fetch_and_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_fetch_and_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_fetch_and_u64(uint64_t *p, uint64_t v);
struct haul_arch_word haul_arch_fetch_or_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_fetch_or_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_fetch_or_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_fetch_or_u64(uint64_t *p, uint64_t v);
struct haul_arch_word haul_arch_fetch_xor_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_fetch_xor_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_fetch_xor_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_fetch_xor_u64(uint64_t *p, uint64_t v);

/*
 * Device access: copies count words of that width, upwards, each by exactly one
 * load and then one store, no pair, no write-back, so that a hypervisor can decode
 * them.  Either side, or both, may be a device's; both are aligned.  Returns the
 * words copied; if there are fewer than count, *facts says why, operand included,
 * and a word that could not be stored is lost.  Otherwise *facts is left alone.
 */
size_t haul_arch_io_copy_u8(volatile void *dst, const volatile void *src, size_t count,
			    struct haul_arch_facts *facts);
size_t haul_arch_io_copy_u16(volatile void *dst, const volatile void *src, size_t count,
			     struct haul_arch_facts *facts);
size_t haul_arch_io_copy_u32(volatile void *dst, const volatile void *src, size_t count,
			     struct haul_arch_facts *facts);
size_t haul_arch_io_copy_u64(volatile void *dst, const volatile void *src, size_t count,
			     struct haul_arch_facts *facts);

/*
 * Cache maintenance (haul/cache.h).  A walk does one operation to every block with
 * a byte of [p, p + n), each once, in ascending order, then waits until devices see
 * it and later accesses come after it.  Returns n, or the bytes of the range before
 * the block that failed, with *facts (operand: source); what comes before
 * that has been done and waited for.  block is a power of two; p + n is at most the end
 * of the address space.
 *
 * haul_arch_cache has a walk for each operation (enum haul_cache_op) that
 * haul_arch_cache_describe calls usable, which fills in all of *report.
 */
typedef size_t haul_arch_cache_walk(const void *p, size_t n, size_t block,
				    struct haul_arch_facts *facts);
extern haul_arch_cache_walk *const haul_arch_cache[HAUL_CACHE_OPS];
void haul_arch_cache_describe(struct haul_cache_report *report);

/* Barriers (haul/barrier.h) are the public functions themselves, in arch/<cpu>/barrier.S. */

/*
 * Routines and their variants.
 *
 * A slot holds the code of a variant; where in it the entry jumps to, and with
 * which sizes, is the port's affair.  It starts at a resolver that calls
 * haul_tune_resolve (runtime/tune.c) and then goes on through the slot, so the
 * first call works from anywhere: static programs, signal handlers, before main.
 */
typedef void haul_arch_code(void); /* only ever jumped to */

struct haul_arch_variant {
	const char *name;
	haul_arch_code *code;
	bool (*usable)(void); /* CPU and system can run it */
};

struct haul_arch_routine {
	const char *name;
	haul_arch_code *_Atomic *slot;
	haul_arch_code *resolver;                 /* what the slot holds at first */
	const struct haul_arch_variant *variants; /* the baseline, always usable, first */
	unsigned count;
	unsigned (*choose)(void); /* index of the best for this CPU */
};

struct haul_arch_threshold {
	const char *name;
	_Atomic size_t *value; /* 0: not set yet */
	size_t min, max;       /* min > 0 */
	size_t (*initial)(void);
};

struct haul_arch_feature {
	const char *name;
	bool (*present)(void);
};

extern const struct haul_arch_routine haul_arch_routines[];
extern const unsigned haul_arch_routine_count;
extern const struct haul_arch_threshold haul_arch_thresholds[];
extern const unsigned haul_arch_threshold_count;
extern const struct haul_arch_feature haul_arch_features[];
extern const unsigned haul_arch_feature_count;

/* Looks at the CPU, or asks the system about it where the CPU does not tell;
 * called before any function of the above is.  Idempotent, async-signal-safe. */
void haul_arch_detect(void);

#if !__STDC_HOSTED__
/*
 * The kernel's access to user pages: arch/<cpu>/user.S.  Opening and closing
 * do not nest.  Idempotent; nothing where the CPU has no such lock.
 */
void haul_arch_user_open(void);
void haul_arch_user_close(void);

/* Loads and stores of user pages, access open for the one instruction that
 * accesses, or an unprivileged one.  p is aligned.  `value` is zero-extended (for
 * store: 0), and has no meaning if fault is 1. */
struct haul_arch_word haul_arch_load_user_u8(const uint8_t *p);
struct haul_arch_word haul_arch_load_user_u16(const uint16_t *p);
struct haul_arch_word haul_arch_load_user_u32(const uint32_t *p);
struct haul_arch_word haul_arch_load_user_u64(const uint64_t *p);
struct haul_arch_word haul_arch_store_user_u8(uint8_t *p, uint8_t v);
struct haul_arch_word haul_arch_store_user_u16(uint16_t *p, uint16_t v);
struct haul_arch_word haul_arch_store_user_u32(uint32_t *p, uint32_t v);
struct haul_arch_word haul_arch_store_user_u64(uint64_t *p, uint64_t v);
#endif

/*
 * Not in this header because they are inline: arch/word.h, which makes them of
 * the instructions in arch/<cpu>/word_cpu.h.
 *
 * haul_arch_word_load_u<width>(p, value), haul_arch_word_store_u<width>(p, value)
 *     Exactly one load or store of that width, of memory of any kind; p is
 *     aligned.  Of the form that haul_arch_io_copy_u8 and the rest have, and
 *     relaxed.  True, or false after a fault, with *value and memory unchanged.
 *
 * And arch/fence.h, of the instruction in arch/<cpu>/fence_cpu.h:
 *
 * haul_arch_fence()
 *     Among CPUs, accesses of memory before it are seen before those after it, a store before a
 *     load too.  Of atomic accesses: it is no synchronisation that a race detector knows.
 *     haul_barrier_full is the same for devices.
 *
 * And arch/<cpu>/frame.h, for Linux:
 *
 * haul_arch_frame_pc(frame)       the PC in a saved context (ucontext or trap frame)
 * haul_arch_frame_resume(frame, fixup, facts)
 *     Resumes at fixup; facts, unless NULL, go into the registers that the
 *     port's fixups expect.  Also repairs state that must not survive a
 *     fault: DF and AC (x86), BTYPE (aarch64).  (vstart, on riscv64, comes back
 *     from the signal's frame; there the fixups of vector accesses clear it.)
 * haul_arch_handler_enter()       first thing in a signal handler: repairs what
 *     would make the handler itself fault (x86 AC).
 *
 * And arch/<cpu>/trap.h, for traps (haul/trap.h):
 *
 * haul_arch_trap_facts(trap, facts)
 *     Fills all of *facts but the operand and returns true if the trap is the
 *     synchronous fault of an access, or an instruction refused, in the kernel's
 *     own mode; false, *facts untouched, for interrupts, fetches and faults of
 *     user mode.
 * haul_arch_trap_repair(trap)
 *     Clears state that must not survive a fault in *trap->status: DF (x86_64),
 *     BTYPE (aarch64).  AC, PAN and SUM stay: the recovery code goes on with the
 *     same access to user pages.
 */

#endif
