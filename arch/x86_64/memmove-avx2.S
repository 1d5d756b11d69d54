/* SPDX-License-Identifier: MIT */
/* haul_memmove with 32-byte vectors: AVX2. */
#include "asm.h"

#define NAME haul_arch_memmove_avx2
#define VEC 32
#define FIRST %ymm0
#define SECOND %ymm1
#define NEXT %ymm2
#define EDGE %ymm3
#define MOVU vmovdqu
#define MOVA vmovdqa
#define VEC_DONE vzeroupper

#include "memmove-vec.h"
