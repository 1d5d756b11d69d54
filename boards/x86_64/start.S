/* SPDX-License-Identifier: MIT */
/*
 * x86_64 under QEMU, microvm or q35: from the first instruction to main.
 *
 * The image is an ELF file that QEMU boots by the PVH protocol: a note names the
 * entry, and the CPU comes to it in 32-bit protected mode, with flat segments,
 * paging and interrupts off, and in EBX the address of a structure that says
 * where RAM is (Xen, docs/misc/pvh.pandoc).  What lies in .bss is zero, as in any
 * ELF file.
 *
 * 64-bit mode wants four things in this order: CR4.PAE, tables in CR3, EFER.LME,
 * CR0.PG (Intel SDM volume 3, 10.8.5).  A far jump into a 64-bit code segment is
 * the last step.
 */
#include "segments.h"

#define CR0_PE (1 << 0)		/* protected mode */
#define CR0_MP (1 << 1)		/* as should be with an x87 unit (10.2.1) */
#define CR0_NE (1 << 5)		/* x87 errors are exceptions, not interrupts */
#define CR0_WP (1 << 16)	/* read-only pages are so for the kernel too */
#define CR0_PG (1 << 31)

#define CR4_PAE (1 << 5)
#define CR4_OSFXSR (1 << 9)	/* SSE instructions */
#define CR4_OSXMMEXCPT (1 << 10)

#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)	/* 64-bit mode, once paging is on */

#define PAGE_PRESENT (1 << 0)
#define PAGE_WRITE (1 << 1)
#define PAGE_LARGE (1 << 7)	/* in a page directory: maps 2 MiB */

#define STACK (256 << 10)

	.section .note.Xen, "a", %note
	.balign	4
	.long	4, 4, 18	/* name size, description size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	start

	.text
	.code32
	.globl	start
	.type	start, %function
start:
	cld
	movl	$(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movl	%eax, %cr4
	movl	$board_tables, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	$(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE), %eax
	movl	%eax, %cr0
	lgdt	gdt_register
	ljmp	$SELECTOR_CODE, $start_64

	.code64
start_64:
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	$stack_end, %esp		/* zero-extended */
	xorl	%ebp, %ebp			/* here backtraces end */
	movl	%ebx, %edi
	call	board_start
	call	main
	movl	%eax, %edi
	call	board_exit
	.size	start, . - start

	.section .rodata
gdt_register:
	.word	SELECTOR_TASK + 16 - 1		/* the last byte's offset */
	.long	board_segments

	/* Base and limit mean nothing in 64-bit segments; the task's is filled in
	 * by board_start. */
	.data
	.balign	8
	.globl	board_segments
board_segments:
	.quad	0
	.quad	SEGMENT_CODE
	.quad	SEGMENT_DATA
	.quad	0, 0

	/* The tables: the lowest 4 GiB mapped one to one, for the kernel alone, the
	 * first 2 MiB by small pages, so that board_start can take the one at 0 away.
	 * board_map adds to them. */
	.balign	4096
	.globl	board_tables
board_tables:
	.quad	pointers + PAGE_PRESENT + PAGE_WRITE
	.fill	511, 8, 0
pointers:
	.set	offset, 0
	.rept	4
	.quad	directories + offset + PAGE_PRESENT + PAGE_WRITE
	.set	offset, offset + 4096
	.endr
	.fill	508, 8, 0
directories:
	.quad	lowest + PAGE_PRESENT + PAGE_WRITE
	.set	address, 0x200000
	.rept	4 * 512 - 1
	.quad	address + PAGE_PRESENT + PAGE_WRITE + PAGE_LARGE
	.set	address, address + 0x200000
	.endr
lowest:
	.set	address, 0
	.rept	512
	.quad	address + PAGE_PRESENT + PAGE_WRITE
	.set	address, address + 4096
	.endr

	.bss
	.balign	16
	.skip	STACK
stack_end:

	.section .note.GNU-stack, "", %progbits
