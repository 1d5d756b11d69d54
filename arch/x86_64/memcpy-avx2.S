/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 32-byte vectors: AVX2. */
#include "asm.h"

#define NAME haul_arch_memcpy_avx2
#define VEC 32
#define V(i) %ymm##i
#define MOVU vmovdqu
#define MOVA vmovdqa
#define MOVNT vmovntdq
#define VEC_DONE vzeroupper

#include "memcpy-vec.h"
