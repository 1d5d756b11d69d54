/* SPDX-License-Identifier: MIT */
/*
 * Copy memory that may fault: the entry, and what all variants share.
 *
 * size_t haul_memcpy(void *dst, const void *src, size_t n);
 * Returns the bytes copied, k.  After a fault dst[0, k) = src[0, k), byte k is
 * the first that failed, dst[k, n) is unchanged, and the fault's facts are in
 * the fact registers.
 *
 * What the CPU promises about a store that faults: one that is naturally
 * aligned changes nothing.  A misaligned one may be done in parts of any order
 * (RVWMO, memory model primitives), and of a vector even elements after the one
 * that fails may be written (V 1.0, section 17.1).  So the first byte goes by
 * itself.  Then its page is writable, and a store that reaches into a page that
 * is not begins before that page: the parts of it that were written lie before
 * the byte that fails.
 *
 * Nothing but bytes can be copied here without knowing whether this CPU has
 * misaligned accesses, so all else is the variants'.  They get dst, src and
 * n >= 1 with byte 0 copied.
 */
#include "asm.h"

#define dst a0
#define src a1
#define size a2

PUBLIC_FUNC haul_memcpy
	BRANCH_LOAD L(restart), beqz size, L(nothing)
	LOAD	L(restart), lbu t0, (src)
	ld	t2, haul_arch_memcpy_slot
	STORE	L(restart), sb t0, (dst)
	jr	t2
L(nothing):
	li	a0, 0
	ret

L(restart):
	li	t0, 0
	j	haul_arch_memcpy_resume
END_FUNC haul_memcpy

/*
 * Goes on after a fault.  In: dst, src, n, t0 bytes that are committed, and
 * facts.  The rest of haul_memcpy's contract.
 *
 * If the address lies ahead in the operand that failed, everything before it
 * is tried (it may fail on the other side) and the address is the end: a
 * second fault is not needed to find it.  If there is no such address, the
 * copy just goes on, and its next fault is the end.
 */
FUNC haul_arch_memcpy_resume
#define done t0
#define limit t1
	mv	limit, size
	slli	t2, fact_what, FACT_ADDR_VALID_SHIFT
	bgez	t2, L(bytes)
	slli	t2, fact_what, FACT_OPERAND_SRC_SHIFT
	mv	t3, src
	bltz	t2, L(offset)
	mv	t3, dst
L(offset):
	sub	t3, fact_addr, t3	/* offset of the address in the operand */
	bltu	t3, done, L(bytes)
	bgeu	t3, size, L(bytes)
	mv	limit, t3

L(bytes):
	BRANCH_LOAD L(stop), bgeu done, limit, L(stop)
	add	t2, src, done
	LOAD	L(stop), lbu t2, (t2)
	add	t3, dst, done
	STORE	L(stop), sb t2, (t3)
	addi	done, done, 1
	j	L(bytes)

L(stop):
	mv	a0, done
	ret
#undef done
#undef limit
END_FUNC haul_arch_memcpy_resume

/* The slot starts at its resolver: choose, then go on through the slot. */
FUNC haul_arch_memcpy_resolver
	RESOLVE
	JUMP_SLOT haul_arch_memcpy_slot
END_FUNC haul_arch_memcpy_resolver

FACTS haul_arch_memcpy_facts, haul_memcpy
