/* SPDX-License-Identifier: MIT */
/*
 * The walk over the blocks of a range, for cache.S and the tests: calls the
 * macro `op` with the register that has a block's address, for every block with
 * a byte of [p, p + n), in ascending order.
 *
 * Where it ends is found by comparing for equality, because behind the last
 * block of the address space comes 0.
 */
#define p $a0
#define n $a1
#define block $a2	/* bytes, a power of two */
#define facts $a3
#define cursor $a4
#define end $a5

.macro WALK op:req
	beqz	n, .Lwalked\@
	sub.d	cursor, $zero, block
	add.d	end, p, n
	addi.d	end, end, -1
	and	end, end, cursor
	add.d	end, end, block
	and	cursor, cursor, p
.Lnext\@:
	\op	cursor
	add.d	cursor, cursor, block
	bne	cursor, end, .Lnext\@
.Lwalked\@:
.endm
