/* SPDX-License-Identifier: MIT */
/* haul_memset with 64-byte vectors: AVX-512VL and BW. */
#include "asm.h"

#define NAME haul_arch_memset_avx512
#define VEC 64
#define FILL %zmm16
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define MOVNT vmovntdq
#define VEC_DONE

.macro BROADCAST
	vpbroadcastb %esi, %zmm16
.endm

#include "memset-vec.h"
