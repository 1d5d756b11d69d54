/* SPDX-License-Identifier: MIT */
/* Routines with one mistake each (a second complaint may follow from it), for tests/lint_extable.sh to find. */
#include "../build/asm_doctored.h"

FUNC haul_arch_memcpy_right
	LOAD .Lright, beqz $a2, .Lright
	LOAD .Lright, ld.bu $a3, $a1, 0
	STORE .Lright, st.b $a3, $a0, 0
	preld 0, $a1, 64
	ld.d $a3, $sp, 8
	pcalau12i $a4, %pc_hi20(own)
	ld.d $a4, $a4, %pc_lo12(own)
	la.local $a5, own
	ld.d $a5, $a5, 0
	ret
.Lright:
	ret
END_FUNC haul_arch_memcpy_right

FUNC haul_arch_memcpy_unmarked
	ld.bu $a3, $a1, 0
	STORE .Lunmarked, st.b $a3, $a0, 0
.Lunmarked:
	ret
END_FUNC haul_arch_memcpy_unmarked

/* Nothing here goes on by itself; this one repeats what it loads. */
FUNC haul_arch_memcpy_unmarked_string
	vldrepl.d $vr0, $a1, 0
	ret
END_FUNC haul_arch_memcpy_unmarked_string

FUNC haul_arch_memset_unmarked_line
	xvst $xr0, $a0, 0
	ret
END_FUNC haul_arch_memset_unmarked_line

FUNC haul_arch_cache_clean_unmarked
	cacop 0x11, $a0, 0
	ret
END_FUNC haul_arch_cache_clean_unmarked

FUNC haul_arch_memcpy_unmarked_vector
	vldx $vr0, $a1, $a2
	ret
END_FUNC haul_arch_memcpy_unmarked_vector

FUNC haul_arch_swap_unmarked_atomic
	amswap_db.w $a2, $a1, $a0
	ret
END_FUNC haul_arch_swap_unmarked_atomic

/* The register holds the library's own address no longer. */
FUNC haul_arch_memcpy_unmarked_base
	la.local $a3, own
	move $a3, $a1
	ld.bu $a4, $a3, 0
	ret
END_FUNC haul_arch_memcpy_unmarked_base

FUNC haul_arch_memcpy_unknown
	.word 0xffffffff
	ret
END_FUNC haul_arch_memcpy_unknown

FUNC haul_arch_memcpy_begins_inside
.Lbegins:
	ld.d $a3, $a1, 0
.Lbegins_end:
	EXTABLE .Lbegins, .Lbegins_end, .Lbegins_fixup, 1, 1
	EXTABLE .Lbegins_end + 2, .Lbegins_late, .Lbegins_fixup, 1, 1
	ori $a3, $zero, 1
.Lbegins_late:
.Lbegins_fixup:
	ret
END_FUNC haul_arch_memcpy_begins_inside

FUNC haul_arch_memcpy_ends_inside
.Lends:
	ld.d $a3, $a1, 0
	EXTABLE .Lends, .Lends + 2, .Lends_fixup, 1, 1
.Lends_fixup:
	ret
END_FUNC haul_arch_memcpy_ends_inside

FUNC haul_arch_memcpy_useless
	LOAD .Luseless, move $a3, $a1
.Luseless:
	ret
END_FUNC haul_arch_memcpy_useless

FUNC haul_arch_memcpy_branch
	LOAD .Lbranch, bltu $a1, $a2, .Lbranch
	LOAD .Lbranch_other, ld.bu $a3, $a1, 0
.Lbranch:
	nop
.Lbranch_other:
	ret
END_FUNC haul_arch_memcpy_branch

FUNC haul_arch_memcpy_twice
.Ltwice:
	LOAD .Ltwice_fixup, ld.bu $a3, $a1, 0
.Ltwice_end:
	EXTABLE .Ltwice, .Ltwice_end, .Ltwice_fixup, 1, 1
.Ltwice_fixup:
	ret
END_FUNC haul_arch_memcpy_twice

FUNC haul_arch_memcpy_resumes_inside
	LOAD .Linside + 2, ld.bu $a3, $a1, 0
.Linside:
	ori $a3, $zero, 1
	ret
END_FUNC haul_arch_memcpy_resumes_inside

FUNC haul_arch_memcpy_resumes_abroad
	LOAD .Lforeign, ld.bu $a3, $a1, 0
	ret
END_FUNC haul_arch_memcpy_resumes_abroad

/* Accessors: one access too many or too few, or not a plain one.  There is no
 * write-back here; a load that checks bounds is one that can trap otherwise
 * than by its access, and a pair exists as a conditional store only. */
ACCESSOR haul_arch_load_user_u8_right, "ld.bu $a0, $a0, 0"
ACCESSOR haul_arch_store_user_u16_right, "st.h $a1, $a0, 0"
ACCESSOR haul_arch_load_user_u32_right, "ldx.wu $a0, $a0, $a1"
ACCESSOR haul_arch_store_user_u64_right, "stptr.d $a1, $a0, -8"
ACCESSOR haul_arch_load_user_u32_twice, "ld.wu $a1, $a0, 0", "ld.wu $a1, $a0, 0"
ACCESSOR haul_arch_load_user_u32_absent
ACCESSOR haul_arch_load_user_u16_wide, "ld.wu $a0, $a0, 0"
ACCESSOR haul_arch_store_user_u32_narrow, "st.h $a1, $a0, 0"
ACCESSOR haul_arch_store_user_u32_backward, "ld.wu $a0, $a0, 0"
ACCESSOR haul_arch_load_user_u32_post_indexed, "ldgt.w $a0, $a0, $a1"
ACCESSOR haul_arch_store_user_u32_pre_indexed, "stle.w $a1, $a0, $a2"
ACCESSOR haul_arch_load_user_u64_pair, "sc.q $a1, $a2, $a0"
ACCESSOR haul_arch_load_user_u32_vector, "fld.s $fa0, $a0, 0"
ACCESSOR haul_arch_load_user_u32_exclusive, "ll.w $a0, $a0, 0"

/* C around one access: the result's store is not marked, or there is a mistake. */
FUNC haul_reader_once_u16_right
	PROBE .Laccessor, ld.hu $t0, $a0, 0
	st.w $t0, $a1, 0
	ret
END_FUNC haul_reader_once_u16_right

FUNC haul_load_u32_unmarked
	ld.wu $t0, $a0, 0
	st.w $t0, $a1, 0
	ret
END_FUNC haul_load_u32_unmarked

ACCESSOR haul_region_read_u32_result, "ld.wu $t0, $a0, 0", "st.w $t0, $a1, 0"
ACCESSOR haul_reader_once_u16_wide, "ld.wu $t0, $a0, 0"
ACCESSOR haul_writer_once_u64_backward, "ld.d $t0, $a0, 0"

/* Copiers: a load and a store, in that order. */
ACCESSOR haul_arch_io_copy_u32_right, "ld.wu $t0, $a1, 0", "st.w $t0, $a0, 0"
ACCESSOR haul_arch_io_copy_u32_wide, "ld.wu $t0, $a1, 0", "st.d $t0, $a0, 0"
ACCESSOR haul_arch_io_copy_u32_first, "st.w $t0, $a0, 0", "ld.wu $t0, $a1, 0"
