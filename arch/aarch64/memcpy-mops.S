/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy by the CPU's own copy (FEAT_MOPS), for sizes over 256.
 *
 * A fault can come at any of the three instructions.  What is copied by then is
 * in to_left and left (Arm ARM, C6.2 CPYFP): at the prologue, to_left is the
 * next byte.  At the other two it depends on which option the core has chosen,
 * told by PSTATE.C, which the fixup gets as it was: option A (clear) points
 * to_left at the end and counts left up from minus the rest to 0; option B (set)
 * keeps to_left at the next byte.  The prologue is no exception even when Linux
 * goes back to it because the thread has moved to a core of the other option:
 * then to_left starts at the rest.  Without a system that move is a fault (trap.h),
 * with the registers as the old core left them, and the copy is finished here.
 *
 * One instruction reads and writes, so the address has to tell which side
 * failed.  It may be any in the page that failed, so the ranges are asked; if it
 * lies in neither it is not trusted, and the resumed copy finds out.
 *
 * Weaker than the other variants in one case: if another thread takes the
 * source's pages away meanwhile, the CPU may have written bytes beyond those that
 * its registers count (QEMU: up to a page).  So nothing chooses it by itself.
 */
#include "asm.h"

	.arch	armv8.2-a
	.arch_extension mops

#define dst x0
#define src x1
#define size x2
#define done x3
#define to x4
#define from x5
#define left x6

FUNC haul_arch_memcpy_mops, 6
	tbnz	size, 63, L(absurd)
	mov	to, dst
	mov	from, src
	mov	left, size
L(prologue):
	cpyfp	[to]!, [from]!, left!
L(main):
	cpyfm	[to]!, [from]!, left!
	cpyfe	[to]!, [from]!, left!
L(copied):
	EXTABLE	L(prologue), L(main), L(resume), OPERAND_NONE, 1
	EXTABLE	L(main), L(copied), L(resume_option), OPERAND_NONE, 1
	mov	x0, size
	ret

L(resume_option):
	b.cs	L(resume)
	add	to, to, left
L(resume):
	sub	done, to, dst
	tbz	fact_what, FACT_ADDR_VALID_BIT, L(operand_unknown)
	sub	x7, fact_addr, src
	ubfx	x7, x7, 0, ADDRESS_BITS
	cmp	x7, size
	b.lo	L(src_failed)
	sub	x7, fact_addr, dst
	ubfx	x7, x7, 0, ADDRESS_BITS
	cmp	x7, size
	b.lo	L(dst_failed)
	and	fact_what, fact_what, ~(1 << FACT_ADDR_VALID_BIT)
L(operand_unknown):
L(src_failed):
	orr	fact_what, fact_what, FACT_OPERAND_SRC
	b	haul_arch_memcpy_resume
L(dst_failed):
	orr	fact_what, fact_what, FACT_OPERAND_DST
	b	haul_arch_memcpy_resume

	/* The CPU would cut the size off. */
L(absurd):
	mov	done, 0
	mov	fact_what, 0
	b	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_mops
