/* SPDX-License-Identifier: MIT */
/* haul_memmove with 16-byte vectors: LSX. */
#include "asm.h"

#define NAME haul_arch_memmove_lsx
#define FORWARD haul_arch_memmove_lsx_forward
#define VEC 16
#define V(i) $vr##i
#define LD vld
#define ST vst

#include "memmove-vec.h"
