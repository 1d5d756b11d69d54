/* SPDX-License-Identifier: MIT */
/* haul_memset with 32-byte vectors: AVX-512VL and BW, no vzeroupper. */
#include "asm.h"

#define NAME haul_arch_memset_evex
#define VEC 32
#define FILL %ymm16
#define MOVU vmovdqu64
#define MOVA vmovdqa64
#define MOVNT vmovntdq
#define VEC_DONE

.macro BROADCAST
	vpbroadcastb %esi, %ymm16
.endm

#include "memset-vec.h"
