/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 64-byte vectors: AVX-512VL, on CPUs that do not slow down
 * for them. */
#include "asm.h"

#define NAME haul_arch_memcpy_avx512
#define VEC 64
#define V(i) %zmm2##i
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define MOVNT vmovntdq
#define VEC_DONE

#include "memcpy-vec.h"
