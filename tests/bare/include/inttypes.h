/* SPDX-License-Identifier: MIT */
#ifndef BARE_INTTYPES_H
#define BARE_INTTYPES_H

#include <stdint.h>

#define PRIu64 "lu"
#define PRIx64 "lx"

#endif
