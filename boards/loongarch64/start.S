/* SPDX-License-Identifier: MIT */
/*
 * loongarch64 under QEMU, virt: from the first instruction to main.
 *
 * QEMU loads the ELF file at its physical addresses and starts the CPU at its
 * entry, in the highest privilege level, interrupts and paging off.  What lies in
 * .bss is zero.
 *
 * An address is translated by the first that applies (manual, 5.2): while
 * CRMD.DA is set, it is physical, but for its highest bits; a window (DMW0 to
 * DMW3) that has its highest four bits; else page tables, which software walks
 * when the TLB misses.  The image is linked at the cached window.
 */
#include "csr.h"

#define CRMD_PG (1 << 4)	/* DMW and page tables instead of DA */
#define CRMD_DATF (1 << 5)	/* caches while TLB refills run with DA: of code, */
#define CRMD_DATM (1 << 7)	/* of data */

#define DMW_PLV0 (1 << 0)	/* for the highest privilege level alone */
#define DMW_CACHED (1 << 4)

#define PAGE_SHIFT 12
/* Four levels of tables with 9 bits each: for PWCL the last, 1 and 2; for PWCH 3. */
#define PWCL_VALUE (PAGE_SHIFT | 9 << 5 | (PAGE_SHIFT + 9) << 10 | 9 << 15 | (PAGE_SHIFT + 18) << 20 | 9 << 25)
#define PWCH_VALUE ((PAGE_SHIFT + 27) | 9 << 6)

#define CPUCFG_2 2		/* bits 0, 6 and 7: floating point, LSX, LASX */

#define STACK_SIZE 65536

	.text
	.globl	start
	.type	start, %function
start:
	li.d	$t0, UNCACHED | DMW_PLV0
	csrwr	$t0, CSR_DMW0
	li.d	$t0, CACHED | DMW_CACHED | DMW_PLV0
	csrwr	$t0, CSR_DMW1
	la.abs	$t0, cached
	jr	$t0			/* DA ignores what is new in the address */
cached:
	li.w	$t0, CRMD_PG | CRMD_DATF | CRMD_DATM
	csrwr	$t0, CSR_CRMD
	csrwr	$zero, CSR_ECFG

	/* Exceptions; refills run with DA, so theirs is a physical address. */
	la.pcrel $t0, board_trap_entry
	csrwr	$t0, CSR_EENTRY
	la.pcrel $t0, board_refill_entry
	bstrpick.d $t0, $t0, 59, 0
	csrwr	$t0, CSR_TLBRENTRY

	/* Tables: the lower half's are board_map's, the upper half has none. */
	invtlb	0, $zero, $zero
	csrwr	$zero, CSR_ASID
	la.pcrel $t0, board_table
	bstrpick.d $t0, $t0, 59, 0
	csrwr	$t0, CSR_PGDL
	la.pcrel $t0, board_empty_table
	bstrpick.d $t0, $t0, 59, 0
	csrwr	$t0, CSR_PGDH
	li.w	$t0, PWCL_VALUE
	csrwr	$t0, CSR_PWCL
	li.w	$t0, PWCH_VALUE
	csrwr	$t0, CSR_PWCH
	ori	$t0, $zero, PAGE_SHIFT
	csrwr	$t0, CSR_STLBPS
	ori	$t0, $zero, PAGE_SHIFT
	csrwr	$t0, CSR_TLBREHI

	/* The units that this CPU has: EUEN's bits 0 to 2. */
	ori	$t0, $zero, CPUCFG_2
	cpucfg	$t0, $t0
	bstrpick.d $t1, $t0, 7, 6
	slli.d	$t1, $t1, 1
	bstrins.d $t1, $t0, 0, 0
	csrwr	$t1, CSR_EUEN

	la.pcrel $sp, stack_end
	move	$fp, $zero		/* here backtraces end */
	bl	main
	bl	board_exit
	.size	start, . - start

	/*
	 * Tables with nothing in them.  A refill goes through all levels whatever it
	 * finds, so an empty entry leads to a table too: one whose entries lead to
	 * itself, and which as an entry of the last level is not valid (bit 0).
	 */
.macro EMPTY_TABLE name:req
	.balign	4096
	.globl	\name
\name:
	.rept	512
	.dword	board_empty_table - CACHED
	.endr
.endm

	.data
	EMPTY_TABLE board_empty_table
	EMPTY_TABLE board_table

	.bss
	.balign	16
	.skip	STACK_SIZE
stack_end:

	.section .note.GNU-stack, "", %progbits
