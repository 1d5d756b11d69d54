/* SPDX-License-Identifier: MIT */
/* haul_memmove with 64-byte vectors: AVX-512VL. */
#include "asm.h"

#define NAME haul_arch_memmove_avx512
#define VEC 64
#define FIRST %zmm16
#define SECOND %zmm17
#define NEXT %zmm18
#define EDGE %zmm19
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define VEC_DONE

#include "memmove-vec.h"
