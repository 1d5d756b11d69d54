/* SPDX-License-Identifier: MIT */
/*
 * haul_memset with RVV 1.0.
 *
 * In: dst, byte, size >= 1, byte 0 set.  As haul_memcpy's: up to four registers
 * the smallest group that holds the size; beyond that a head up to a multiple
 * of the group of four, whole groups, the rest.
 */
#include "asm.h"
#include "memset-vec.h"

#define dst a0
#define byte a1
#define size a2
#define cursor a3
#define end a4
#define last a5		/* where the last whole group starts */
#define step a6		/* bytes in four registers */

	.option	push
	.option	arch, +v

.macro SET_IF_GRANTED lmul:req, beyond:req
	vsetvli	t0, size, e8, \lmul, ta, ma
	bne	t0, size, \beyond
	vmv.v.x	v8, byte
	STORE	L(restart), vse8.v v8, (dst)
	mv	a0, size
	ret
.endm

FUNC haul_arch_memset_rvv
	SET_IF_GRANTED m1, L(over_1)
L(over_1):
	SET_IF_GRANTED m2, L(over_2)
L(over_2):
	SET_IF_GRANTED m4, L(over_4)
L(over_4):
	ZERO_BY_BLOCKS L(groups)
L(groups):
	vsetvli	step, zero, e8, m4, ta, ma
	vmv.v.x	v8, byte
	add	end, dst, size
	bltu	end, dst, L(wraps)
	neg	t1, dst
	addi	t0, step, -1
	and	t0, t0, t1		/* the head: 0 to step - 1 */
	vsetvli	zero, t0, e8, m4, ta, ma
	STORE	L(restart), vse8.v v8, (dst)
	add	cursor, dst, t0
	sub	last, end, step
	vsetvli	zero, step, e8, m4, ta, ma
	BRANCH_STORE L(resume), bltu last, cursor, L(rest)
L(loop):
	STORE	L(resume), vse8.v v8, (cursor)
	add	cursor, cursor, step
	BRANCH_STORE L(resume), bgeu last, cursor, L(loop)
L(rest):
	sub	t0, end, cursor
	vsetvli	zero, t0, e8, m4, ta, ma
	STORE	L(resume), vse8.v v8, (cursor)
	mv	a0, size
	ret

	/* The end lies beyond the address space, so it cannot be compared with. */
L(wraps):
	li	fact_what, 0
L(restart):
	mv	cursor, dst
L(resume):
	vsetivli zero, 0, e8, m1, ta, ma	/* clears vstart */
	sub	t0, cursor, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	CONTINUE_AT	haul_arch_memset_resume
END_FUNC haul_arch_memset_rvv

	.option	pop
