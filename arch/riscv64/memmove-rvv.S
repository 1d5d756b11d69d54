/* SPDX-License-Identifier: MIT */
/*
 * haul_memmove with RVV 1.0.  In: as memmove.S says.
 *
 * As haul_memcpy's bulk: the part up to a multiple of the group of four
 * registers in the destination, whole groups, the rest.  Each is loaded whole
 * before it is stored, and no store crosses a page.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2
#define cursor a3	/* down through dst, */
#define from a4		/* and through src */
#define step a7		/* bytes in four registers */

	.option	push
	.option	arch, +v

FUNC haul_arch_memmove_rvv
	vsetvli	step, zero, e8, m4, ta, ma
	addi	t1, step, -1
	sub	t0, dst, src
	bltu	t0, size, L(backward)
	bltu	step, size, L(groups)
	neg	t0, dst
	and	t0, t0, t1
	mv	cursor, dst
	mv	from, src
	mv	t2, size
	BRANCH_LOAD L(resume), bgeu t0, size, L(rest)
	vsetvli	zero, t0, e8, m4, ta, ma
	LOAD	L(resume), vle8.v v8, (src)
	STORE	L(resume), vse8.v v8, (dst)
	add	cursor, dst, t0
	add	from, src, t0
	sub	t2, size, t0
L(rest):
	vsetvli	zero, t2, e8, m4, ta, ma
	LOAD	L(resume), vle8.v v8, (from)
	STORE	L(resume), vse8.v v8, (cursor)
	mv	a0, size
	ret

L(groups):
	CONTINUE_AT	haul_arch_memcpy_rvv_groups

L(backward):
	add	cursor, dst, size
	bltu	cursor, dst, L(wraps)
	add	from, src, size
	and	t0, cursor, t1
	bgeu	size, t0, L(tail)
	mv	t0, size
L(tail):
	vsetvli	zero, t0, e8, m4, ta, ma
	sub	from, from, t0
	sub	t2, cursor, t0
	LOAD	L(resume_backward), vle8.v v8, (from)
	STORE	L(resume_backward), vse8.v v8, (t2)
	mv	cursor, t2
	vsetvli	zero, step, e8, m4, ta, ma
	sub	t0, cursor, dst
	bltu	t0, step, L(backward_rest)
L(backward_group):
	sub	from, from, step
	sub	t2, cursor, step
	LOAD	L(resume_backward), vle8.v v8, (from)
	STORE	L(resume_backward), vse8.v v8, (t2)
	mv	cursor, t2
	sub	t0, cursor, dst
	bgeu	t0, step, L(backward_group)
L(backward_rest):
	vsetvli	zero, t0, e8, m4, ta, ma
	LOAD	L(resume_backward), vle8.v v8, (src)
	STORE	L(resume_backward), vse8.v v8, (dst)
	mv	a0, size
	ret

L(resume):
	vsetivli zero, 0, e8, m1, ta, ma	/* clears vstart */
	sub	t0, cursor, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	CONTINUE_AT	haul_arch_memcpy_resume

	/* The range goes beyond the address space, so its end is not there to
	 * start from: find the first byte that fails from the front. */
L(wraps):
	li	fact_what, 0
	neg	size, dst
	add	cursor, dst, size
L(resume_backward):
	vsetivli zero, 0, e8, m1, ta, ma
	sub	t0, cursor, dst
	CONTINUE_AT	haul_arch_memmove_resume_backward
END_FUNC haul_arch_memmove_rvv

	.option	pop
