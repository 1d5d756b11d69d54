/* SPDX-License-Identifier: MIT */
/* haul_memcpy with words in general registers: unaligned access, no vectors. */
#include "asm.h"

#define NAME haul_arch_memcpy_unaligned
#define VEC 8
#define V(i) WORD##i
#define WORD0 $a4
#define WORD1 $a5
#define WORD2 $a6
#define WORD3 $a7
#define WORD4 $t0
#define WORD5 $t1
#define WORD6 $t2
#define WORD7 $t3
#define LD ld.d
#define ST st.d

#include "memcpy-vec.h"
