/* SPDX-License-Identifier: MIT */
/*
 * Device access: one plain load or store each (arch.h).
 *
 * The address is in a base register alone: of an access without write-back, of
 * one general register, the syndrome tells a hypervisor all that it needs (Arm
 * ARM, ISS encoding for a Data Abort: ISV).
 */
#include "asm.h"

/* uint64_t haul_arch_io_load_u<width>(p, facts) */
.macro IO_LOAD type, insn, reg
FUNC haul_arch_io_load_\type
	LOAD	.Lload_failed, \insn \reg\()0, [x0]
	ret
END_FUNC haul_arch_io_load_\type
.endm

/* void haul_arch_io_store_u<width>(p, v, facts) */
.macro IO_STORE type, insn, reg
FUNC haul_arch_io_store_\type
	STORE	.Lstore_failed, \insn \reg\()1, [x0]
	ret
END_FUNC haul_arch_io_store_\type
.endm

	IO_LOAD u8, ldrb, w
	IO_LOAD u16, ldrh, w
	IO_LOAD u32, ldr, w
	IO_LOAD u64, ldr, x

	IO_STORE u8, strb, w
	IO_STORE u16, strh, w
	IO_STORE u32, str, w
	IO_STORE u64, str, x

FUNC haul_arch_io_facts
.Lload_failed:
	mov	x2, x1
	mov	x0, -1
.Lstore_failed:
	stp	fact_addr, fact_cause, [x2]
	str	fact_what, [x2, 16]
	ret
END_FUNC haul_arch_io_facts
