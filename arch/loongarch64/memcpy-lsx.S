/* SPDX-License-Identifier: MIT */
/* haul_memcpy with 16-byte vectors: LSX. */
#include "asm.h"

#define NAME haul_arch_memcpy_lsx
#define VEC 16
#define V(i) $vr##i
#define LD vld
#define ST vst

#include "memcpy-vec.h"
