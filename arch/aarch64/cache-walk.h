/* SPDX-License-Identifier: MIT */
/*
 * The walk over the blocks of a range, for cache.S and the tests: calls the
 * macro `op` with the register that has a block's address, for every block with
 * a byte of [p, p + n), in ascending order.
 *
 * Where it ends is found by comparing for equality, because behind the last
 * block of the address space comes 0.
 */
#define p x0
#define n x1
#define block x2	/* bytes, a power of two */
#define facts x3
#define cursor x4
#define end x5
#define mask x6

.macro WALK op:req
	cbz	n, .Lwalked\@
	neg	mask, block
	add	end, p, n
	sub	end, end, 1
	and	end, end, mask
	add	end, end, block
	and	cursor, p, mask
.Lnext\@:
	\op	cursor
	add	cursor, cursor, block
	cmp	cursor, end
	b.ne	.Lnext\@
.Lwalked\@:
.endm
