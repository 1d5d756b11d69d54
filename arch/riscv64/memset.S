/* SPDX-License-Identifier: MIT */
/*
 * Fill memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memset(void *dst, int c, size_t n);
 * Returns the bytes set, k.  After a fault dst[0, k) is set, byte k is the
 * first that failed, dst[k, n) is unchanged, and the fault's facts are in the
 * fact registers.
 *
 * Method.  As haul_memcpy's (memcpy.S): byte 0 goes by itself, and the
 * variants, which get dst, c and n >= 1 with byte 0 set, store upwards.  So a
 * fault leaves a prefix set; setting it again does no harm.
 */
#include "asm.h"

#define dst a0
#define byte a1
#define size a2

PUBLIC_FUNC haul_memset
	BRANCH_STORE L(restart), beqz size, L(nothing)
	ld	t2, haul_arch_memset_slot
	STORE	L(restart), sb byte, (dst)
	jr	t2
L(nothing):
	li	a0, 0
	ret

L(restart):
	li	t0, 0
	j	haul_arch_memset_resume
END_FUNC haul_memset

/*
 * Goes on after a fault.  In: dst, byte, n, t0 bytes that are set, and facts.
 * The rest of haul_memset's contract.  An address ahead in dst is the end;
 * without one the fill goes on, and its next fault is the end.
 */
FUNC haul_arch_memset_resume
#define done t0
#define limit t1
	mv	limit, size
	slli	t2, fact_what, FACT_ADDR_VALID_SHIFT
	bgez	t2, L(bytes)
	sub	t2, fact_addr, dst
	bltu	t2, done, L(bytes)
	bgeu	t2, size, L(bytes)
	mv	limit, t2
L(bytes):
	BRANCH_STORE L(stop), bgeu done, limit, L(stop)
	add	t2, dst, done
	STORE	L(stop), sb byte, (t2)
	addi	done, done, 1
	j	L(bytes)
L(stop):
	mv	a0, done
	ret
#undef done
#undef limit
END_FUNC haul_arch_memset_resume

/*
 * Zeros by the block, for sizes of two blocks and more.  In: dst, size, the
 * block's size in t0, byte 0 set.  Bytes and words up to a block, blocks, words
 * and bytes.
 *
 * cbo.zero also fails where memory is no ordinary memory and plain stores
 * would work, so its fault's address does not count.
 */
FUNC haul_arch_memset_zero
#define cursor a3
#define end a4
#define block t0
#define stop t1

/* Pieces up to stop; at least one. */
.macro ASCEND bytes:req, store:req
.Lascend\@:
	STORE	L(resume), \store zero, (cursor)
	addi	cursor, cursor, \bytes
	BRANCH_STORE L(resume), bltu cursor, stop, .Lascend\@
.endm

	mv	cursor, dst
	add	end, dst, size
	bltu	end, dst, L(distrust)
	andi	t2, dst, 7
	BRANCH_STORE L(resume), beqz t2, L(words)
	addi	stop, dst, 7
	andi	stop, stop, -8
	ASCEND	1, sb
L(words):
	addi	stop, block, -1
	neg	t2, block
	add	stop, stop, cursor
	and	stop, stop, t2
	BRANCH_STORE L(resume), beq cursor, stop, L(blocks)
	ASCEND	8, sd
L(blocks):
	sub	stop, end, block
	.option	push
	.option	arch, +zicboz
L(next_block):
	STORE	L(distrust), cbo.zero 0(cursor)
	add	cursor, cursor, block
	BRANCH_STORE L(distrust), bgeu stop, cursor, L(next_block)
	.option	pop
	andi	stop, end, -8
	BRANCH_STORE L(resume), beq cursor, stop, L(last_bytes)
	ASCEND	8, sd
L(last_bytes):
	mv	stop, end
	BRANCH_STORE L(resume), beq cursor, stop, L(zeroed)
	ASCEND	1, sb
L(zeroed):
	mv	a0, size
	ret

L(distrust):
	li	fact_what, 0
L(resume):
	sub	t0, cursor, dst
	seqz	t1, t0
	add	t0, t0, t1		/* byte 0 is */
	j	haul_arch_memset_resume
END_FUNC haul_arch_memset_zero

FUNC haul_arch_memset_resolver
	RESOLVE
	JUMP_SLOT haul_arch_memset_slot
END_FUNC haul_arch_memset_resolver

FACTS haul_arch_memset_facts, haul_memset
