/* SPDX-License-Identifier: MIT */
/* haul_memset with 32-byte vectors: AVX2. */
#include "asm.h"

#define NAME haul_arch_memset_avx2
#define VEC 32
#define FILL %ymm0
#define MOVU vmovdqu
#define MOVA vmovdqa
#define MOVNT vmovntdq
#define VEC_DONE vzeroupper

.macro BROADCAST
	vmovd	%esi, %xmm0
	vpbroadcastb %xmm0, %ymm0
.endm

#include "memset-vec.h"
