/* SPDX-License-Identifier: MIT */
/*
 * const char *test_call_cpu(test_code *fn, const uint64_t args[6],
 *                           uint64_t *result);
 *
 * Calls fn with the six arguments, every other general register full of junk,
 * and stores its rax.  Returns NULL, or the name of what the System V ABI says
 * a call preserves and this one did not.
 *
 * Stack during the call: 0 mxcsr, 4 x87 control word, 8 result.
 */
#define JUNK_RBX 0x1b1b1b1bb1b1b1b1
#define JUNK_RBP 0x2c2c2c2cc2c2c2c2
#define JUNK_R12 0x3d3d3d3dd3d3d3d3
#define JUNK_R13 0x4e4e4e4ee4e4e4e4
#define JUNK_R14 0x5f5f5f5ff5f5f5f5
#define JUNK_R15 0x6a6a6a6aa6a6a6a6
#define FLAG_DF 0x400
#define FLAG_AC 0x40000

.macro SAVE reg:req
	pushq	%\reg
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \reg, 0
.endm

.macro RESTORE reg:req
	popq	%\reg
	.cfi_adjust_cfa_offset -8
	.cfi_restore \reg
.endm

/* rax = name if reg does not hold value; r11 is scratch */
.macro EXPECT reg:req, value:req, name:req
	movabsq	$\value, %r11
	leaq	\name(%rip), %r10
	cmpq	%r11, %\reg
	cmovne	%r10, %rax
.endm

	.text
	.globl	test_call_cpu
	.type	test_call_cpu, %function
test_call_cpu:
	.cfi_startproc
	endbr64
	SAVE	rbx
	SAVE	rbp
	SAVE	r12
	SAVE	r13
	SAVE	r14
	SAVE	r15
	subq	$24, %rsp
	.cfi_adjust_cfa_offset 24
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rdx, 8(%rsp)

	movq	%rdi, %r11
	movq	%rsi, %r10
	movq	(%r10), %rdi
	movq	8(%r10), %rsi
	movq	16(%r10), %rdx
	movq	24(%r10), %rcx
	movq	32(%r10), %r8
	movq	40(%r10), %r9
	movabsq	$JUNK_RBX, %rbx
	movabsq	$JUNK_RBP, %rbp
	movabsq	$JUNK_R12, %r12
	movabsq	$JUNK_R13, %r13
	movabsq	$JUNK_R14, %r14
	movabsq	$JUNK_R15, %r15
	movq	%rbx, %rax
	movq	%rbp, %r10
	call	*%r11

	movq	8(%rsp), %rdx
	movq	%rax, (%rdx)
	pushfq
	.cfi_adjust_cfa_offset 8
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	cld
	xorl	%eax, %eax
	EXPECT	rbx, JUNK_RBX, name_rbx
	EXPECT	rbp, JUNK_RBP, name_rbp
	EXPECT	r12, JUNK_R12, name_r12
	EXPECT	r13, JUNK_R13, name_r13
	EXPECT	r14, JUNK_R14, name_r14
	EXPECT	r15, JUNK_R15, name_r15
	leaq	name_df(%rip), %r10
	testl	$FLAG_DF, %ecx
	cmovnz	%r10, %rax
	leaq	name_ac(%rip), %r10
	testl	$FLAG_AC, %ecx
	cmovnz	%r10, %rax
	stmxcsr	16(%rsp)
	movl	16(%rsp), %ecx
	leaq	name_mxcsr(%rip), %r10
	cmpl	%ecx, (%rsp)
	cmovne	%r10, %rax
	fnstcw	16(%rsp)
	movzwl	16(%rsp), %ecx
	leaq	name_x87(%rip), %r10
	cmpw	%cx, 4(%rsp)
	cmovne	%r10, %rax

	addq	$24, %rsp
	.cfi_adjust_cfa_offset -24
	RESTORE	r15
	RESTORE	r14
	RESTORE	r13
	RESTORE	r12
	RESTORE	rbp
	RESTORE	rbx
	ret
	.cfi_endproc
	.size	test_call_cpu, . - test_call_cpu

	.section .rodata.str1.1, "aMS", %progbits, 1
name_rbx:	.string	"rbx"
name_rbp:	.string	"rbp"
name_r12:	.string	"r12"
name_r13:	.string	"r13"
name_r14:	.string	"r14"
name_r15:	.string	"r15"
name_df:	.string	"the direction flag"
name_ac:	.string	"the alignment-check flag"
name_mxcsr:	.string	"mxcsr"
name_x87:	.string	"the x87 control word"

	.section .note.GNU-stack, "", %progbits
/* indirect-branch tracking and shadow stack: one landing pad, plain returns */
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5
	.string	"GNU"
	.long	0xc0000002, 4, 3, 0
