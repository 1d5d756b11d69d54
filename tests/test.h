/* SPDX-License-Identifier: MIT */
/*
 * What every test uses: Criterion's Test() and cr_assert*, a seeded random
 * sequence, and lines for the log.
 *
 * Tests use only Test(), cr_assert() and cr_skip_test(), without suites'
 * fixtures or parameters: cross and bare-metal runs replace Criterion by a
 * stand-in that has just these (tests/standin).  What a test needs of a system
 * below is in tests/linux/ and, for boards, in tests/bare/.
 *
 * HAUL_TEST_LONG=1       the full products instead of a sample (make check-long)
 * HAUL_TEST_SEED=n       another sample than that of 1
 * HAUL_TEST_THIN=n       one case in n of that sample, where cases are slow
 * HAUL_TEST_LARGEST=n    no sizes above n bytes in oracles, where memory is slow or small
 * HAUL_TEST_VARIANT=avx2 only that variant of what has variants
 * HAUL_TEST_NO_SIGBUS=1  none of SIGBUS in oracles, for emulators that it ends (tests/arena.c)
 */
#ifndef TEST_H
#define TEST_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool test_long(void);
bool test_under_qemu(void); /* qemu-user: a CPU, but not all of a kernel */
uint64_t test_seed(void);   /* also noted in the log */

/* The next number of the sequence, and one below bound (> 0). */
uint64_t test_random(uint64_t *state);
size_t test_random_below(uint64_t *state, size_t bound);

/* The smaller of size and HAUL_TEST_LARGEST. */
size_t test_largest(size_t size);

/* With HAUL_TEST_THIN: false for all but one in n, by chance. */
bool test_takes_case(uint64_t *state);

/* A comment line, "# ...", in the TAP stream. */
__attribute__((format(printf, 1, 2))) void test_note(const char *format, ...);

/* Between these faults are survived: on Linux haul's handlers are installed.
 * They nest.  (On boards traps always end in haul_fault_fixup.) */
void test_faults_begin(void);
void test_faults_end(void);

/*
 * Forces the next usable variant of a routine and writes the setting,
 * "memcpy=avx2", that did it; false, and back to haul's own choice, after the
 * last.  A routine without variants has its one turn.  *index starts at 0.
 */
bool test_variant_next(const char *routine, size_t *index, char *setting, size_t size);
void test_each_variant(const char *routine, void (*body)(void));

/*
 * Sets the index-th threshold to value, or the least it accepts, and every
 * other to its most, so that nothing else decides; writes what was in force
 * before and now, "memcpy=avx2,nt_threshold=1,...".  False past the last.
 */
bool test_threshold_next(size_t index, size_t value, const char *before, char *settings,
			 size_t size);
void test_thresholds_restore(void); /* to haul's own choice */

/*
 * Calls fn(args[0], ..., args[5]) as a strict caller and stores what it
 * returns.  NULL, or the name of something that the call did not leave as it
 * was: a callee-saved register, a flag, a control word; on Linux errno and the
 * signal mask, on boards the access to user pages.
 */
typedef void test_code(void);
const char *test_call(test_code *fn, const uint64_t args[6], uint64_t *result);

/* The part of it that is the CPU's: tests/<cpu>/call.S. */
const char *test_call_cpu(test_code *fn, const uint64_t args[6], uint64_t *result);

#endif
