/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 16-byte vectors: every x86_64. */
#include "asm.h"

#define NAME haul_arch_memcpy_sse2
#define VEC 16
#define V(i) %xmm##i
#define MOVU movups
#define MOVA movaps
#define MOVNT movntps
#define VEC_DONE

#include "memcpy-vec.h"
