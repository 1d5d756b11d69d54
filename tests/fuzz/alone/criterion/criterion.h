/* SPDX-License-Identifier: MIT */
/* In place of Criterion, for models in a program of libFuzzer's: what does not hold is a crash. */
#ifndef ALONE_CRITERION_H
#define ALONE_CRITERION_H

#include <stdio.h>
#include <stdlib.h>

#define cr_assert(condition, ...) \
	((condition) ? (void)0 \
		     : (fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, \
				#condition) __VA_OPT__(, fprintf(stderr, __VA_ARGS__)), \
			fputc('\n', stderr), abort()))

#endif
