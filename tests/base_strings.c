/* SPDX-License-Identifier: MIT */
#include "test.h"
#include <haul/base.h>
#include <limits.h>
#include <string.h>

static const int errors[] = {
	0,           HAUL_ENOENT, HAUL_EIO,       HAUL_EAGAIN,  HAUL_ENOMEM,   HAUL_EACCES,
	HAUL_EFAULT, HAUL_EBUSY,  HAUL_EEXIST,    HAUL_ENODEV,  HAUL_EINVAL,   HAUL_ENOSPC,
	HAUL_ERANGE, HAUL_EPROTO, HAUL_EOVERFLOW, HAUL_ENOTSUP, HAUL_ETIMEDOUT};

enum { ERRORS = sizeof errors / sizeof *errors };

Test(base, version_is_the_headers)
{
	cr_assert(strcmp(haul_version(), HAUL_VERSION) == 0);
	cr_assert(strcmp(haul_version(), PACKAGE_VERSION) == 0);
}

Test(base, every_error_has_words_of_its_own)
{
	for (size_t i = 0; i < ERRORS; i++) {
		const char *words = haul_strerror(-errors[i]);

		cr_assert(words && *words, "error %d", errors[i]);
		cr_assert(strcmp(words, "unknown error") != 0, "error %d", errors[i]);
		for (size_t j = 0; j < i; j++)
			cr_assert(strcmp(words, haul_strerror(-errors[j])) != 0, "errors %d and %d",
				  errors[i], errors[j]);
	}
}

Test(base, any_other_number_is_unknown)
{
	static const int others[] = {1, 14, -1, -4095, -4096, INT_MIN, INT_MAX};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		cr_assert(strcmp(haul_strerror(others[i]), "unknown error") == 0, "%d: \"%s\"",
			  others[i], haul_strerror(others[i]));
}
