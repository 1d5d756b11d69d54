/* SPDX-License-Identifier: MIT */
/* Routines with one mistake each (a second complaint may follow from it), for tests/lint_extable.sh to find. */
#include "asm.h"

FUNC haul_arch_memcpy_right
	LOAD .Lright, jb .Lright
	LOAD .Lright, movb (%rsi), %al
	STORE .Lright, movb %al, (%rdi)
	movq 8(%rsp), %rax
	ret
.Lright:
	ret
END_FUNC haul_arch_memcpy_right

FUNC haul_arch_memcpy_unmarked
	movb (%rsi), %al
	STORE .Lunmarked, movb %al, (%rdi)
.Lunmarked:
	ret
END_FUNC haul_arch_memcpy_unmarked

FUNC haul_arch_memcpy_unmarked_string
	rep movsb
	ret
END_FUNC haul_arch_memcpy_unmarked_string

FUNC haul_arch_memcpy_begins_inside
.Lbegins:
	movq (%rsi), %rax
.Lbegins_end:
	EXTABLE .Lbegins, .Lbegins_end, .Lbegins_fixup, 1, 1
	EXTABLE .Lbegins_end + 1, .Lbegins_late, .Lbegins_fixup, 1, 1
	movabsq $0x1122334455667788, %rax
.Lbegins_late:
.Lbegins_fixup:
	ret
END_FUNC haul_arch_memcpy_begins_inside

FUNC haul_arch_memcpy_ends_inside
.Lends:
	movq (%rsi), %rax
	EXTABLE .Lends, .Lends + 1, .Lends_fixup, 1, 1
.Lends_fixup:
	ret
END_FUNC haul_arch_memcpy_ends_inside

FUNC haul_arch_memcpy_useless
	LOAD .Luseless, movq %rsi, %rax
.Luseless:
	ret
END_FUNC haul_arch_memcpy_useless

FUNC haul_arch_memcpy_branch
	LOAD .Lbranch, jb .Lbranch
	LOAD .Lbranch_other, movb (%rsi), %al
.Lbranch:
	nop
.Lbranch_other:
	ret
END_FUNC haul_arch_memcpy_branch

FUNC haul_arch_memcpy_twice
.Ltwice:
	LOAD .Ltwice_fixup, movb (%rsi), %al
.Ltwice_end:
	EXTABLE .Ltwice, .Ltwice_end, .Ltwice_fixup, 1, 1
.Ltwice_fixup:
	ret
END_FUNC haul_arch_memcpy_twice

FUNC haul_arch_memcpy_resumes_inside
	LOAD .Linside + 1, movb (%rsi), %al
.Linside:
	movabsq $0x1122334455667788, %rax
	ret
END_FUNC haul_arch_memcpy_resumes_inside

FUNC foreign
.Lforeign:
	ret
END_FUNC foreign

FUNC haul_arch_memcpy_resumes_abroad
	LOAD .Lforeign, movb (%rsi), %al
	ret
END_FUNC haul_arch_memcpy_resumes_abroad
