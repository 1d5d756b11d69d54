/* SPDX-License-Identifier: MIT */
/* haul_memset with a general register: unaligned access, no vectors. */
#include "asm.h"

#define NAME haul_arch_memset_unaligned
#define VEC 8
#define FILL $a1
#define ST st.d

.macro BROADCAST
	bstrins.d $a1, $a1, 15, 8
	bstrins.d $a1, $a1, 31, 16
	bstrins.d $a1, $a1, 63, 32
.endm

#include "memset-vec.h"
