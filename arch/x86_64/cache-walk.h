/* SPDX-License-Identifier: MIT */
/*
 * The walk over the blocks of a range, for cache.S and the tests: calls the
 * macro `op` with the register that has a block's address, for every block with
 * a byte of [p, p + n), in ascending order.
 *
 * Where it ends is found by comparing for equality, because behind the last
 * block of the address space comes 0.
 */
#define p %rdi
#define n %rsi
#define block %rdx	/* bytes, a power of two */
#define facts %rcx
#define cursor %rax
#define end %r11

.macro WALK op:req
	testq	n, n
	jz	.Lwalked\@
	movq	block, cursor
	negq	cursor
	leaq	-1(p, n), end
	andq	cursor, end
	addq	block, end
	andq	p, cursor
	.p2align 4
.Lnext\@:
	\op	cursor
	addq	block, cursor
	cmpq	cursor, end
	jne	.Lnext\@
.Lwalked\@:
.endm
