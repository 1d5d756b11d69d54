/* SPDX-License-Identifier: MIT */
/* haul_memmove with 16-byte vectors: LSX. */
#include "asm.h"

#define NAME haul_arch_memmove_lsx
#define BACKWARD haul_arch_memmove_lsx_backward
#define MEMCPY haul_arch_memcpy_lsx
#define VEC 16
#define V(i) $vr##i
#define LD vld
#define ST vst

#include "memmove-vec.h"
