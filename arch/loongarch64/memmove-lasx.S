/* SPDX-License-Identifier: MIT */
/* haul_memmove with 32-byte vectors: LASX. */
#include "asm.h"

#define NAME haul_arch_memmove_lasx
#define BACKWARD haul_arch_memmove_lasx_backward
#define MEMCPY haul_arch_memcpy_lasx
#define VEC 32
#define V(i) $xr##i
#define LD xvld
#define ST xvst

#include "memmove-vec.h"
