/* SPDX-License-Identifier: MIT */
/* haul_memset with 32-byte vectors: LASX. */
#include "asm.h"

#define NAME haul_arch_memset_lasx
#define VEC 32
#define FILL $xr0
#define BROADCAST xvreplgr2vr.b $xr0, $a1
#define ST xvst
#define STX xvstx

#include "memset-vec.h"
