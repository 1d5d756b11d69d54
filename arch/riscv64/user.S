/* SPDX-License-Identifier: MIT */
/*
 * A kernel's access to user pages: sstatus.SUM, which lets supervisor mode load
 * from and store to them.
 *
 * The CPU obeys a CSR's new value from the next instruction on (unprivileged
 * ISA, "CSR Access Ordering"), so no fence is needed.
 */
#include "asm.h"

#define p a0
#define operand a1
#define sum t0		/* the bit of sstatus */

.macro OPEN
	li	sum, 1 << 18
	csrs	sstatus, sum
.endm

.macro CLOSE
	csrc	sstatus, sum
.endm

FUNC haul_arch_user_open
	OPEN
	ret
END_FUNC haul_arch_user_open

FUNC haul_arch_user_close
	li	sum, 1 << 18
	CLOSE
	ret
END_FUNC haul_arch_user_close

.macro LOAD_USER name:req, insn:req
FUNC \name
	OPEN
	PROBE	.Lfaulted, \insn a0, (p)
	CLOSE
	li	a1, 0
	ret
END_FUNC \name
.endm

.macro STORE_USER name:req, insn:req
FUNC \name
	OPEN
	PROBE	.Lfaulted, \insn operand, (p)
	CLOSE
	li	a0, 0
	li	a1, 0
	ret
END_FUNC \name
.endm

LOAD_USER haul_arch_load_user_u8, lbu
LOAD_USER haul_arch_load_user_u16, lhu
LOAD_USER haul_arch_load_user_u32, lwu
LOAD_USER haul_arch_load_user_u64, ld

STORE_USER haul_arch_store_user_u8, sb
STORE_USER haul_arch_store_user_u16, sh
STORE_USER haul_arch_store_user_u32, sw
STORE_USER haul_arch_store_user_u64, sd

FUNC haul_arch_user_faulted
.Lfaulted:
	CLOSE
	li	a1, 1
	ret
END_FUNC haul_arch_user_faulted
