/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 32-byte vectors: AVX-512VL.  The registers beyond 15 leave
 * no dirty upper halves, so no vzeroupper is needed. */
#include "asm.h"

#define NAME haul_arch_memcpy_evex
#define VEC 32
#define V(i) %ymm2##i
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define MOVNT vmovntdq
#define VEC_DONE

#include "memcpy-vec.h"
