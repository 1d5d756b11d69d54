/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for Criterion where Criterion is not: cross builds, and machines
 * without it.  It has what haul's tests use and no more:
 *
 *   Test(suite, name [, .timeout = seconds]) { ... }
 *   cr_assert(condition [, format, ...])      ends the test if it does not hold
 *   cr_skip_test(format, ...)                 ends the test, says why
 *
 * Each test runs in a process of its own, in the order of their names.
 * Options: --tap[=-] (TAP on stdout), --filter PATTERN (fnmatch of suite/name),
 * --list; -jN and --jobs N are accepted, one test runs at a time all the same.
 */
#ifndef STANDIN_CRITERION_H
#define STANDIN_CRITERION_H

struct standin_test {
	const char *suite, *name;
	void (*body)(void);
	double timeout; /* seconds, 0: none; more of them under an emulator */
};

#define Test(suite_, name_, ...) \
	static void standin_##suite_##_##name_(void); \
	static const struct standin_test standin_test_##suite_##_##name_ = { \
		.suite = #suite_, \
		.name = #name_, \
		.body = standin_##suite_##_##name_, \
		__VA_ARGS__}; \
	static const struct standin_test *standin_entry_##suite_##_##name_ \
		__attribute__((used, section("standin_tests"))) = \
			&standin_test_##suite_##_##name_; \
	static void standin_##suite_##_##name_(void)

#define cr_assert(condition, ...) \
	((condition) ? (void)0 \
		     : (standin_failed(__FILE__, __LINE__, #condition) \
				__VA_OPT__(, standin_says(__VA_ARGS__)), \
			standin_end()))

#define cr_skip_test(...) (standin_skipped(), standin_says(__VA_ARGS__), standin_end())

void standin_failed(const char *file, int line, const char *condition);
void standin_skipped(void);
__attribute__((format(printf, 1, 2))) void standin_says(const char *format, ...);
__attribute__((noreturn)) void standin_end(void); /* of the test */

#endif
