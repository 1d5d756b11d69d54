/* SPDX-License-Identifier: MIT */
/*
 * From OpenSBI to main, on QEMU's virt machine.
 *
 * OpenSBI enters in supervisor mode with paging and interrupts off, the hart's
 * number in a0 and the device tree's address in a1.
 */
#define STACK (256 << 10)

#define SSTATUS_VS (3 << 9)
#define SSTATUS_FS (3 << 13)
#define SSTATUS_SUM (1 << 18)
#define SSTATUS_MXR (1 << 19)

	.section .text.start, "ax", %progbits
	.globl	_start
	.type	_start, %function
_start:
	lla	t0, board_trap_entry
	csrw	stvec, t0
	csrw	sie, zero

	/* User pages closed; execute-only pages are not for reading; float and
	 * vector units on, where there are such: the fields stay 0 elsewhere. */
	li	t0, SSTATUS_SUM | SSTATUS_MXR
	csrc	sstatus, t0
	li	t0, SSTATUS_FS | SSTATUS_VS
	csrs	sstatus, t0

	lla	t0, bss_start
	lla	t1, bss_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	lla	sp, stack_end
	mv	a0, a1
	call	board_start
	call	main
	call	board_exit
	.size	_start, . - _start

	.bss
	.balign	16
	.space	STACK
stack_end:

	.section .note.GNU-stack, "", %progbits
