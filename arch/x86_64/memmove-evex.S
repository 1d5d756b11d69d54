/* SPDX-License-Identifier: MIT */
/* haul_memmove with 32-byte vectors: AVX-512VL, no vzeroupper. */
#include "asm.h"

#define NAME haul_arch_memmove_evex
#define VEC 32
#define FIRST %ymm16
#define SECOND %ymm17
#define NEXT %ymm18
#define EDGE %ymm19
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define VEC_DONE

#include "memmove-vec.h"
