/* SPDX-License-Identifier: MIT */
/*
 * uint64_t state_call(function, first, second, third, uint64_t *state)
 *
 * Calls function(first, second, third) with *state set in FPCR; *state is then
 * FPCR as it returned with it.  The caller gets a clear one back.
 */
	.text
	.p2align 4
	.globl	state_call
	.type	state_call, %function
state_call:
	.cfi_startproc
	hint	25			/* paciasp */
	.cfi_negate_ra_state
	stp	x29, x30, [sp, -32]!
	.cfi_adjust_cfa_offset 32
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	str	x4, [sp, 16]
	ldr	x5, [x4]
	msr	fpcr, x5
	mov	x16, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	blr	x16
	mrs	x5, fpcr
	ldr	x4, [sp, 16]
	str	x5, [x4]
	msr	fpcr, xzr
	ldp	x29, x30, [sp], 32
	.cfi_adjust_cfa_offset -32
	.cfi_restore x29
	.cfi_restore x30
	hint	29			/* autiasp */
	.cfi_negate_ra_state
	ret
	.cfi_endproc
	.size	state_call, . - state_call

	.section .note.GNU-stack, "", %progbits
/* BTI and PAC, or the linker would call the program unfit for them */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5
	.asciz	"GNU"
	.long	0xc0000000, 4, 3, 0
