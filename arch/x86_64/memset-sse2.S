/* SPDX-License-Identifier: MIT */
/* haul_memset with 16-byte vectors: every x86_64. */
#include "asm.h"

#define NAME haul_arch_memset_sse2
#define VEC 16
#define FILL %xmm0
#define MOVU movups
#define MOVA movaps
#define MOVNT movntps
#define VEC_DONE

.macro BROADCAST
	movd	%esi, %xmm0
	punpcklbw %xmm0, %xmm0
	pshuflw	$0, %xmm0, %xmm0
	punpcklqdq %xmm0, %xmm0
.endm

#include "memset-vec.h"
