/* SPDX-License-Identifier: MIT */
/* haul_memmove with 16-byte vectors: every x86_64. */
#include "asm.h"

#define NAME haul_arch_memmove_sse2
#define VEC 16
#define FIRST %xmm0
#define SECOND %xmm1
#define NEXT %xmm2
#define EDGE %xmm3
#define MOVU movups
#define MOVA movaps
#define VEC_DONE

#include "memmove-vec.h"
