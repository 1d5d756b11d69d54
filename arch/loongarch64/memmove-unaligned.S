/* SPDX-License-Identifier: MIT */
/* haul_memmove with words in general registers: unaligned access, no vectors. */
#include "asm.h"

#define NAME haul_arch_memmove_unaligned
#define BACKWARD haul_arch_memmove_unaligned_backward
#define MEMCPY haul_arch_memcpy_unaligned
#define VEC 8
#define V(i) WORD##i
#define WORD0 $a4
#define WORD1 $a5
#define WORD2 $a6
#define WORD3 $a7
#define LD ld.d
#define ST st.d

#include "memmove-vec.h"
