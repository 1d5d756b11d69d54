/* SPDX-License-Identifier: MIT */
/*
 * aarch64 under QEMU, virt: from the first instruction to main, at EL1.
 *
 * QEMU loads the ELF file where it is linked and starts the CPU at its entry, at
 * the highest exception level that it was asked for, EL1 or EL2 (-M virt,
 * virtualization=on), with interrupts masked and translation off.  All memory is
 * Device memory until translation is on, so code before that keeps to aligned
 * accesses.
 *
 * Registers and their fields: Arm ARM, D19.2 and D19.3; page tables: D8.3.
 */
#define EL2 (2 << 2)			/* CurrentEL */

#define HCR_RW (1 << 31)		/* EL1 runs AArch64 */
#define CPTR_RES1 0x32ff		/* of FP and SVE nothing is trapped */
#define CNTHCTL_EL1_MAY (3 << 0)	/* use counter and timer */
#define HCRX_MSCEN (1 << 11)		/* EL1 has MOPS */
#define PMCR_N_SHIFT 11
#define SPSR_EL1H_MASKED 0x3c5		/* EL1 on its own stack, DAIF set */

#define CPACR_FP (3 << 20)
#define CPACR_SVE (3 << 16)
#define ZCR_LONGEST 0xf

/* What page tables name by its index: 0 is ordinary memory, cached, 1 devices. */
#define MAIR 0x04ff
/* 39-bit addresses (T0SZ), tables cached and shared, 4 KiB pages, 40-bit physical
 * addresses; the upper half of the address space has no tables (EPD1). */
#define TCR (25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32)
#define SCTLR_RES1 0x30d00800		/* what must be set where it means nothing */
#define SCTLR_SPAN (1 << 23)		/* a trap leaves access to user pages as it is */
#define SCTLR_ON (1 << 0 | 1 << 2 | 1 << 12)	/* translation, caches */

#define TABLE (3 << 0)
#define BLOCK (1 << 0)			/* of 1 GiB at level 1, of 2 MiB at level 2 */
#define BLOCK_DEVICE (1 << 2)		/* MAIR's index */
#define BLOCK_SHARED (3 << 8)
#define BLOCK_ACCESSED (1 << 10)
#define BLOCK_NO_FETCH (3 << 53)

#define STACK (256 << 10)

/* A field of an ID register has 4 bits; 0 says that what it tells of is not there. */
.macro IF_FIELD_0 reg:req, shift:req, target:req
	mrs	x0, \reg
	ubfx	x0, x0, \shift, 4
	cbz	x0, \target
.endm

	.arch	armv8.2-a+sve
	.section .text.start, "ax", %progbits
	.globl	_start
	.type	_start, %function
_start:
	mrs	x0, currentel
	cmp	x0, EL2
	b.ne	at_el1

	/* EL2 leaves everything to EL1. */
	mov	x0, HCR_RW
	msr	hcr_el2, x0
	mov	x0, CPTR_RES1
	msr	cptr_el2, x0
	mov	x0, CNTHCTL_EL1_MAY
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mrs	x0, pmcr_el0
	ubfx	x0, x0, PMCR_N_SHIFT, 5		/* all counters are EL1's */
	msr	mdcr_el2, x0
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	IF_FIELD_0 id_aa64pfr0_el1, 32, no_sve_el2
	isb
	mov	x0, ZCR_LONGEST
	msr	zcr_el2, x0
no_sve_el2:
	IF_FIELD_0 id_aa64mmfr1_el1, 40, no_hcrx
	mov	x0, HCRX_MSCEN
	msr	s3_4_c1_c2_2, x0		/* HCRX_EL2 */
no_hcrx:
	ldr	x0, =SCTLR_RES1
	msr	sctlr_el1, x0
	mov	x0, SPSR_EL1H_MASKED
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	eret

at_el1:
	adrp	x0, board_vectors
	add	x0, x0, :lo12:board_vectors
	msr	vbar_el1, x0

	/* FP and SIMD; SVE, with the longest vectors there are. */
	mov	x1, CPACR_FP
	IF_FIELD_0 id_aa64pfr0_el1, 32, no_sve
	orr	x1, x1, CPACR_SVE
no_sve:
	msr	cpacr_el1, x1
	isb
	tbz	x1, 16, no_zcr
	mov	x0, ZCR_LONGEST
	msr	zcr_el1, x0
no_zcr:

	/* Translation. */
	ldr	x0, =MAIR
	msr	mair_el1, x0
	ldr	x0, =TCR
	msr	tcr_el1, x0
	adrp	x0, board_table
	msr	ttbr0_el1, x0
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x0, =((SCTLR_RES1 & ~SCTLR_SPAN) | SCTLR_ON)
	msr	sctlr_el1, x0
	isb

	/* No access to user pages. */
	IF_FIELD_0 id_aa64mmfr1_el1, 20, no_pan
	msr	pan, 1
no_pan:

	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
clear:
	stp	xzr, xzr, [x0], 16
	cmp	x0, x1
	b.lo	clear

	adrp	x0, stack_end
	add	sp, x0, :lo12:stack_end
	mov	x29, 0				/* here backtraces end */
	mov	x30, 0
	bl	board_start
	bl	main
	bl	board_exit
	.size	_start, . - _start

	/* Level 1: devices in the first GiB, RAM in the second, all of which may be
	 * written and run, board_map's window in the third. */
	.data
	.balign	4096
	.globl	board_table
board_table:
	.quad	device_table + TABLE
	.quad	1 << 30 | BLOCK | BLOCK_SHARED | BLOCK_ACCESSED
	.space	510 * 8

	/* Level 2, blocks of 2 MiB: not the flash memory, where NULL points. */
device_table:
	.quad	null_table + TABLE
	.space	63 * 8
	.set	device, 64 << 21
	.rept	448
	.quad	device + (BLOCK | BLOCK_DEVICE | BLOCK_ACCESSED) + BLOCK_NO_FETCH
	.set	device, device + (1 << 21)
	.endr

	/* Level 3: no page. */
null_table:
	.space	512 * 8

	.bss
	.balign	16
	.space	STACK
stack_end:

	.section .note.GNU-stack, "", %progbits
