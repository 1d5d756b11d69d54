/* SPDX-License-Identifier: MIT */
/* Routines with one mistake each (a second complaint may follow from it), for tests/lint_extable.sh to find. */
#include "../build/asm_doctored.h"

FUNC haul_arch_memcpy_right
	LOAD .Lright, jb .Lright
	LOAD .Lright, movb (%rsi), %al
	STORE .Lright, movb %al, (%rdi)
	prefetcht0 64(%rsi)
	movq 8(%rsp), %rax
	movq own(%rip), %rcx
	leaq own(%rip), %rdx
	movq (%rdx), %rdx
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

FUNC haul_arch_memset_unmarked_line
	clzero
	ret
END_FUNC haul_arch_memset_unmarked_line

FUNC haul_arch_cache_clean_unmarked
	clwb (%rdi)
	ret
END_FUNC haul_arch_cache_clean_unmarked

FUNC haul_arch_memcpy_unmarked_vector
	vmovdqu (%rsi), %ymm0
	ret
END_FUNC haul_arch_memcpy_unmarked_vector

FUNC haul_arch_swap_unmarked_atomic
	xchgl %esi, (%rdi)
	ret
END_FUNC haul_arch_swap_unmarked_atomic

/* The register holds the library's own address no longer. */
FUNC haul_arch_memcpy_unmarked_base
	leaq own(%rip), %rdx
	movq %rsi, %rdx
	movb (%rdx), %al
	ret
END_FUNC haul_arch_memcpy_unmarked_base

FUNC haul_arch_memcpy_unknown
	.byte 0x06
	ret
END_FUNC haul_arch_memcpy_unknown

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

FUNC haul_arch_memcpy_resumes_abroad
	LOAD .Lforeign, movb (%rsi), %al
	ret
END_FUNC haul_arch_memcpy_resumes_abroad

/* Accessors: one access too many or too few, or not a plain one. */
ACCESSOR haul_arch_load_user_u8_right, "movzbl (%rdi), %eax"
ACCESSOR haul_arch_store_user_u16_right, "movw %si, (%rdi)"
ACCESSOR haul_arch_load_user_u32_right, "movl (%rdi, %rsi), %eax"
ACCESSOR haul_arch_store_user_u64_right, "movq %rsi, 8(%rdi)"
ACCESSOR haul_arch_load_user_u32_twice, "movl (%rdi), %eax", "movl (%rdi), %eax"
ACCESSOR haul_arch_load_user_u32_absent
ACCESSOR haul_arch_load_user_u16_wide, "movl (%rdi), %eax"
ACCESSOR haul_arch_store_user_u32_narrow, "movw %si, (%rdi)"
ACCESSOR haul_arch_store_user_u32_backward, "movl (%rdi), %eax"
ACCESSOR haul_arch_load_user_u32_post_indexed, lodsl
ACCESSOR haul_arch_store_user_u32_pre_indexed, stosl
ACCESSOR haul_arch_load_user_u64_pair, "cmpxchg16b (%rdi)"
ACCESSOR haul_arch_load_user_u32_vector, "movd (%rdi), %xmm0"
ACCESSOR haul_arch_load_user_u32_exclusive, "xchgl %eax, (%rdi)"

/* C around one access: the result's store is not marked, or there is a mistake. */
FUNC haul_reader_once_u16_right
	PROBE .Laccessor, movzwl (%rdi), %eax
	movl %eax, (%rsi)
	ret
END_FUNC haul_reader_once_u16_right

FUNC haul_load_u32_unmarked
	movl (%rdi), %eax
	movl %eax, (%rsi)
	ret
END_FUNC haul_load_u32_unmarked

ACCESSOR haul_region_read_u32_result, "movl (%rdi), %eax", "movl %eax, (%rsi)"
ACCESSOR haul_reader_once_u16_wide, "movl (%rdi), %eax"
ACCESSOR haul_writer_once_u64_backward, "movq (%rdi), %rax"

/* Copiers: a load and a store, in that order. */
ACCESSOR haul_arch_io_copy_u32_right, "movl (%rsi), %eax", "movl %eax, (%rdi)"
ACCESSOR haul_arch_io_copy_u32_wide, "movl (%rsi), %eax", "movq %rax, (%rdi)"
ACCESSOR haul_arch_io_copy_u32_first, "movl %eax, (%rdi)", "movl (%rsi), %eax"
