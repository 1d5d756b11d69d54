/* SPDX-License-Identifier: MIT */
/* Routines with one mistake each (a second complaint may follow from it), for tests/lint_extable.sh to find. */
#include "../build/asm_doctored.h"

	.arch armv8-a+mops

FUNC haul_arch_memcpy_right
	LOAD .Lright, cbz x2, .Lright
	LOAD .Lright, ldrb w3, [x1]
	STORE .Lright, strb w3, [x0]
	prfm pldl1strm, [x1, #64]
	ldr x3, [sp, #8]
	adrp x4, own
	ldr x4, [x4, #:lo12:own]
	adrp x5, own
	add x5, x5, #:lo12:own
	ldr x5, [x5]
	ret
.Lright:
	ret
END_FUNC haul_arch_memcpy_right

FUNC haul_arch_memcpy_unmarked
	ldrb w3, [x1]
	STORE .Lunmarked, strb w3, [x0]
.Lunmarked:
	ret
END_FUNC haul_arch_memcpy_unmarked

FUNC haul_arch_memcpy_unmarked_string
	LOAD .Lstring, cpyfp [x0]!, [x1]!, x2!
	cpyfm [x0]!, [x1]!, x2!
	LOAD .Lstring, cpyfe [x0]!, [x1]!, x2!
.Lstring:
	ret
END_FUNC haul_arch_memcpy_unmarked_string

FUNC haul_arch_memset_unmarked_line
	dc zva, x0
	ret
END_FUNC haul_arch_memset_unmarked_line

FUNC haul_arch_cache_clean_unmarked
	dc cvac, x0
	ret
END_FUNC haul_arch_cache_clean_unmarked

FUNC haul_arch_memcpy_unmarked_vector
	ld1 {v0.16b, v1.16b}, [x1]
	ret
END_FUNC haul_arch_memcpy_unmarked_vector

FUNC haul_arch_swap_unmarked_atomic
	stlxr w3, w1, [x0]
	ret
END_FUNC haul_arch_swap_unmarked_atomic

/* The register holds the library's own address no longer. */
FUNC haul_arch_memcpy_unmarked_base
	adrp x3, own
	mov x3, x1
	ldrb w4, [x3]
	ret
END_FUNC haul_arch_memcpy_unmarked_base

FUNC haul_arch_memcpy_unknown
	.inst 0xffffffff
	ret
END_FUNC haul_arch_memcpy_unknown

FUNC haul_arch_memcpy_begins_inside
.Lbegins:
	ldr x3, [x1]
.Lbegins_end:
	EXTABLE .Lbegins, .Lbegins_end, .Lbegins_fixup, 1, 1
	EXTABLE .Lbegins_end + 2, .Lbegins_late, .Lbegins_fixup, 1, 1
	mov x3, #1
.Lbegins_late:
.Lbegins_fixup:
	ret
END_FUNC haul_arch_memcpy_begins_inside

FUNC haul_arch_memcpy_ends_inside
.Lends:
	ldr x3, [x1]
	EXTABLE .Lends, .Lends + 2, .Lends_fixup, 1, 1
.Lends_fixup:
	ret
END_FUNC haul_arch_memcpy_ends_inside

FUNC haul_arch_memcpy_useless
	LOAD .Luseless, mov x3, x1
.Luseless:
	ret
END_FUNC haul_arch_memcpy_useless

FUNC haul_arch_memcpy_branch
	LOAD .Lbranch, tbnz x2, #3, .Lbranch
	LOAD .Lbranch_other, ldrb w3, [x1]
.Lbranch:
	nop
.Lbranch_other:
	ret
END_FUNC haul_arch_memcpy_branch

FUNC haul_arch_memcpy_twice
.Ltwice:
	LOAD .Ltwice_fixup, ldrb w3, [x1]
.Ltwice_end:
	EXTABLE .Ltwice, .Ltwice_end, .Ltwice_fixup, 1, 1
.Ltwice_fixup:
	ret
END_FUNC haul_arch_memcpy_twice

FUNC haul_arch_memcpy_resumes_inside
	LOAD .Linside + 2, ldrb w3, [x1]
.Linside:
	mov x3, #1
	ret
END_FUNC haul_arch_memcpy_resumes_inside

FUNC haul_arch_memcpy_resumes_abroad
	LOAD .Lforeign, ldrb w3, [x1]
	ret
END_FUNC haul_arch_memcpy_resumes_abroad

/* Accessors: one access too many or too few, or not a plain one. */
ACCESSOR haul_arch_load_user_u8_right, "ldrb w0, [x0]"
ACCESSOR haul_arch_store_user_u16_right, "strh w1, [x0]"
ACCESSOR haul_arch_load_user_u32_right, "ldr w0, [x0, x1]"
ACCESSOR haul_arch_store_user_u64_right, "stur x1, [x0, #8]"
ACCESSOR haul_arch_load_user_u32_twice, "ldr w1, [x0]", "ldr w1, [x0]"
ACCESSOR haul_arch_load_user_u32_absent
ACCESSOR haul_arch_load_user_u16_wide, "ldr w0, [x0]"
ACCESSOR haul_arch_store_user_u32_narrow, "strh w1, [x0]"
ACCESSOR haul_arch_store_user_u32_backward, "ldr w0, [x0]"
ACCESSOR haul_arch_load_user_u32_post_indexed, "ldr w1, [x0], #4"
ACCESSOR haul_arch_store_user_u32_pre_indexed, "str w1, [x0, #4]!"
ACCESSOR haul_arch_load_user_u64_pair, "ldp x2, x3, [x0]"
ACCESSOR haul_arch_load_user_u32_vector, "ldr s0, [x0]"
ACCESSOR haul_arch_load_user_u32_exclusive, "ldxr w0, [x0]"

/* C around one access: the result's store is not marked, or there is a mistake. */
FUNC haul_reader_once_u16_right
	PROBE .Laccessor, ldrh w9, [x0]
	str w9, [x1]
	ret
END_FUNC haul_reader_once_u16_right

FUNC haul_load_u32_unmarked
	ldr w9, [x0]
	str w9, [x1]
	ret
END_FUNC haul_load_u32_unmarked

ACCESSOR haul_region_read_u32_result, "ldr w9, [x0]", "str w9, [x1]"
ACCESSOR haul_reader_once_u16_wide, "ldr w9, [x0]"
ACCESSOR haul_writer_once_u64_backward, "ldr x9, [x0]"

/* Copiers: a load and a store, in that order. */
ACCESSOR haul_arch_io_copy_u32_right, "ldr w5, [x1]", "str w5, [x0]"
ACCESSOR haul_arch_io_copy_u32_wide, "ldr w5, [x1]", "str x5, [x0]"
ACCESSOR haul_arch_io_copy_u32_first, "str w5, [x0]", "ldr w5, [x1]"
