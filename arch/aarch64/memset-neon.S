/* SPDX-License-Identifier: MIT */
/* haul_memset by 16-byte vectors: every aarch64. */
#include "asm.h"
#include "memset-vec.h"

FUNC haul_arch_memset_neon, 6
	SET_BY_VECTORS
END_FUNC haul_arch_memset_neon
