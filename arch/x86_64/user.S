/* SPDX-License-Identifier: MIT */
/*
 * The kernel's access to user pages, where SMAP locks them (Intel SDM volume 3,
 * 4.6; volume 2, STAC and CLAC).
 *
 * haul_arch_user_open() and _close(); loads and stores between STAC and CLAC.  A fault leaves AC as it was at the
 * access, so the fixup closes too.  CPUs without SMAP do not know the two
 * instructions, hence haul_arch_smap, which haul_arch_detect sets.
 */
#include "asm.h"

.macro OPEN
	cmpb	$0, haul_arch_smap(%rip)
	je	.Lopen\@
	stac
.Lopen\@:
.endm

.macro CLOSE
	cmpb	$0, haul_arch_smap(%rip)
	je	.Lclosed\@
	clac
.Lclosed\@:
.endm

FUNC haul_arch_user_open
	OPEN
	ret
END_FUNC haul_arch_user_open

FUNC haul_arch_user_close
	CLOSE
	ret
END_FUNC haul_arch_user_close

.macro ACCESS name:req, insn:req
FUNC \name
	xorl	%eax, %eax
	OPEN
	PROBE	.Lfaulted, \insn
	CLOSE
	xorl	%edx, %edx
	ret
END_FUNC \name
.endm

ACCESS haul_arch_load_user_u8, "movzbl (%rdi), %eax"
ACCESS haul_arch_load_user_u16, "movzwl (%rdi), %eax"
ACCESS haul_arch_load_user_u32, "movl (%rdi), %eax"
ACCESS haul_arch_load_user_u64, "movq (%rdi), %rax"

ACCESS haul_arch_store_user_u8, "movb %sil, (%rdi)"
ACCESS haul_arch_store_user_u16, "movw %si, (%rdi)"
ACCESS haul_arch_store_user_u32, "movl %esi, (%rdi)"
ACCESS haul_arch_store_user_u64, "movq %rsi, (%rdi)"

FUNC haul_arch_user_faulted
.Lfaulted:
	CLOSE
	movl	$1, %edx
	ret
END_FUNC haul_arch_user_faulted
