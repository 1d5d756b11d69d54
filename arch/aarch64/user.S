/* SPDX-License-Identifier: MIT */
/*
 * A kernel's access to user pages.
 *
 * PSTATE.PAN locks it; instructions that follow in program order see a change of
 * it without a barrier (Arm ARM, C5.1.3).  Unprivileged loads and stores are
 * checked as user mode's would be, whatever PAN is (D8.4), so they want nothing
 * opened.
 */
#include "asm.h"

	.arch	armv8.1-a

/* Does nothing where the CPU or the kernel has no PAN. */
.macro SET_PAN value:req
	adrp	x16, haul_arch_pan
	ldrb	w16, [x16, :lo12:haul_arch_pan]
	cbz	w16, .Ldone\@
	msr	pan, \value
.Ldone\@:
	ret
.endm

FUNC haul_arch_user_open
	SET_PAN	0
END_FUNC haul_arch_user_open

FUNC haul_arch_user_close
	SET_PAN	1
END_FUNC haul_arch_user_close

/* struct haul_arch_word haul_arch_load_user_u<width>(p): the value in x0, the
 * fault flag in x1. */
.macro USER_LOAD type, insn, reg
FUNC haul_arch_load_user_\type
	PROBE	.Lfaulted, \insn \reg\()0, [x0]
	mov	x1, 0
	ret
END_FUNC haul_arch_load_user_\type
.endm

/* struct haul_arch_word haul_arch_store_user_u<width>(p, v) */
.macro USER_STORE type, insn, reg
FUNC haul_arch_store_user_\type
	PROBE	.Lfaulted, \insn \reg\()1, [x0]
	mov	x0, 0
	mov	x1, 0
	ret
END_FUNC haul_arch_store_user_\type
.endm

	USER_LOAD u8, ldtrb, w
	USER_LOAD u16, ldtrh, w
	USER_LOAD u32, ldtr, w
	USER_LOAD u64, ldtr, x

	USER_STORE u8, sttrb, w
	USER_STORE u16, sttrh, w
	USER_STORE u32, sttr, w
	USER_STORE u64, sttr, x

FUNC haul_arch_user_faulted
.Lfaulted:
	mov	x1, 1
	ret
END_FUNC haul_arch_user_faulted
