/* SPDX-License-Identifier: MIT */
/* gcc's own asks for that of a C library. */
#ifndef BARE_LIMITS_H
#define BARE_LIMITS_H

#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)

#endif
