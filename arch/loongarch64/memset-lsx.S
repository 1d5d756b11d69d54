/* SPDX-License-Identifier: MIT */
/* haul_memset with 16-byte vectors: LSX. */
#include "asm.h"

#define NAME haul_arch_memset_lsx
#define VEC 16
#define FILL $vr0
#define BROADCAST vreplgr2vr.b $vr0, $a1
#define ST vst
#define STX vstx

#include "memset-vec.h"
