/* SPDX-License-Identifier: MIT */
/*
 * haul_memcpy with RVV 1.0.  Elements are bytes, which no CPU wants aligned.
 *
 * In: dst, src, size >= 1, byte 0 copied.  Sizes up to four registers take the
 * smallest group that holds them, because a core may pass over a whole group
 * whatever vl is.  Beyond that the head brings the destination to a multiple of
 * the group of four, whole groups follow, then the rest: none of these stores
 * crosses a page, and committed is cursor - dst.
 *
 * vsetvli grants all that is asked for exactly if it fits the group.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3	/* through dst, */
#define from a4		/* and through src */
#define end a5
#define last a6		/* where the last whole group starts */
#define step a7		/* bytes in four registers */

	.option	push
	.option	arch, +v

.macro COPY_IF_GRANTED lmul:req, beyond:req
	vsetvli	t0, size, e8, \lmul, ta, ma
	BRANCH_LOAD L(restart), bne t0, size, \beyond
	LOAD	L(restart), vle8.v v8, (src)
	STORE	L(restart), vse8.v v8, (dst)
	mv	a0, size
	ret
.endm

FUNC haul_arch_memcpy_rvv
	COPY_IF_GRANTED m1, L(over_1)
L(over_1):
	COPY_IF_GRANTED m2, L(over_2)
L(over_2):
	COPY_IF_GRANTED m4, L(over_4)
L(over_4):
	j	haul_arch_memcpy_rvv_groups

L(restart):
	vsetivli zero, 0, e8, m1, ta, ma	/* clears vstart */
	li	t0, 1
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_rvv

/* As haul_memcpy's variants, for sizes beyond a group of four; also for
 * haul_memmove where it goes forward. */
FUNC haul_arch_memcpy_rvv_groups
	mv	cursor, dst
	vsetvli	step, zero, e8, m4, ta, ma
	add	end, dst, size
	bltu	end, dst, L(wraps)
	neg	t1, dst
	addi	t0, step, -1
	and	t0, t0, t1		/* the head: 0 to step - 1 */
	vsetvli	zero, t0, e8, m4, ta, ma
	LOAD	L(resume), vle8.v v8, (src)
	STORE	L(resume), vse8.v v8, (dst)
	add	cursor, dst, t0
	add	from, src, t0
	sub	last, end, step
	vsetvli	zero, step, e8, m4, ta, ma
	bltu	last, cursor, L(rest)
L(loop):
	LOAD	L(resume), vle8.v v8, (from)
	add	from, from, step
	STORE	L(resume), vse8.v v8, (cursor)
	add	cursor, cursor, step
	BRANCH_LOAD L(resume), bgeu last, cursor, L(loop)
L(rest):
	sub	t0, end, cursor
	vsetvli	zero, t0, e8, m4, ta, ma
	LOAD	L(resume), vle8.v v8, (from)
	STORE	L(resume), vse8.v v8, (cursor)
	mv	a0, size
	ret

	/* The end lies beyond the address space, so it cannot be compared with. */
L(wraps):
	li	fact_what, 0
L(resume):
	vsetivli zero, 0, e8, m1, ta, ma	/* clears vstart */
	sub	t0, cursor, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	CONTINUE_AT	haul_arch_memcpy_resume
END_FUNC haul_arch_memcpy_rvv_groups

	.option	pop
