/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 32-byte vectors: LASX. */
#include "asm.h"

#define NAME haul_arch_memcpy_lasx
#define VEC 32
#define V(i) $xr##i
#define LD xvld
#define ST xvst

#include "memcpy-vec.h"
