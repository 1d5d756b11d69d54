/* SPDX-License-Identifier: MIT */
/* Routines with one mistake each (a second complaint may follow from it), for tests/lint_extable.sh to find. */
	/* Four bytes each, so that two bytes on is inside. */
	.option norvc

#include "../build/asm_doctored.h"

FUNC haul_arch_memcpy_right
	LOAD .Lright, beqz a2, .Lright
	LOAD .Lright, lbu a3, 0(a1)
	STORE .Lright, sb a3, 0(a0)
	.option push
	.option arch, +zicbop
	prefetch.r 64(a1)
	.option pop
	ld a3, 8(sp)
	ld a4, own
	lla a5, own
	ld a5, 0(a5)
	ret
.Lright:
	ret
END_FUNC haul_arch_memcpy_right

FUNC haul_arch_memcpy_unmarked
	lbu a3, 0(a1)
	STORE .Lunmarked, sb a3, 0(a0)
.Lunmarked:
	ret
END_FUNC haul_arch_memcpy_unmarked

	.option push
	.option arch, +v
	.option arch, +zicboz
	.option arch, +zicbom
/* Stops without a fault at what cannot be read, but for the first element. */
FUNC haul_arch_memcpy_unmarked_string
	vle8ff.v v0, (a1)
	ret
END_FUNC haul_arch_memcpy_unmarked_string

FUNC haul_arch_memset_unmarked_line
	cbo.zero (a0)
	ret
END_FUNC haul_arch_memset_unmarked_line

FUNC haul_arch_cache_clean_unmarked
	cbo.clean (a0)
	ret
END_FUNC haul_arch_cache_clean_unmarked

FUNC haul_arch_memcpy_unmarked_vector
	vse8.v v0, (a0)
	ret
END_FUNC haul_arch_memcpy_unmarked_vector
	.option pop

FUNC haul_arch_swap_unmarked_atomic
	amoswap.w.aqrl a0, a1, (a0)
	ret
END_FUNC haul_arch_swap_unmarked_atomic

/* The register holds the library's own address no longer. */
FUNC haul_arch_memcpy_unmarked_base
	lla a3, own
	mv a3, a1
	lbu a4, 0(a3)
	ret
END_FUNC haul_arch_memcpy_unmarked_base

FUNC haul_arch_memcpy_unknown
	.insn 0xfffffffb
	ret
END_FUNC haul_arch_memcpy_unknown

FUNC haul_arch_memcpy_begins_inside
.Lbegins:
	ld a3, 0(a1)
.Lbegins_end:
	EXTABLE .Lbegins, .Lbegins_end, .Lbegins_fixup, 1, 1
	EXTABLE .Lbegins_end + 2, .Lbegins_late, .Lbegins_fixup, 1, 1
	li a3, 1
.Lbegins_late:
.Lbegins_fixup:
	ret
END_FUNC haul_arch_memcpy_begins_inside

FUNC haul_arch_memcpy_ends_inside
.Lends:
	ld a3, 0(a1)
	EXTABLE .Lends, .Lends + 2, .Lends_fixup, 1, 1
.Lends_fixup:
	ret
END_FUNC haul_arch_memcpy_ends_inside

FUNC haul_arch_memcpy_useless
	LOAD .Luseless, mv a3, a1
.Luseless:
	ret
END_FUNC haul_arch_memcpy_useless

FUNC haul_arch_memcpy_branch
	LOAD .Lbranch, bltu a1, a2, .Lbranch
	LOAD .Lbranch_other, lbu a3, 0(a1)
.Lbranch:
	nop
.Lbranch_other:
	ret
END_FUNC haul_arch_memcpy_branch

FUNC haul_arch_memcpy_twice
.Ltwice:
	LOAD .Ltwice_fixup, lbu a3, 0(a1)
.Ltwice_end:
	EXTABLE .Ltwice, .Ltwice_end, .Ltwice_fixup, 1, 1
.Ltwice_fixup:
	ret
END_FUNC haul_arch_memcpy_twice

FUNC haul_arch_memcpy_resumes_inside
	LOAD .Linside + 2, lbu a3, 0(a1)
.Linside:
	li a3, 1
	ret
END_FUNC haul_arch_memcpy_resumes_inside

FUNC haul_arch_memcpy_resumes_abroad
	LOAD .Lforeign, lbu a3, 0(a1)
	ret
END_FUNC haul_arch_memcpy_resumes_abroad

/* Accessors: one access too many or too few, or not a plain one.  Write-back
 * and pairs are T-Head's; the standard has none. */
	.option arch, +xtheadmemidx
	.option arch, +xtheadmempair
ACCESSOR haul_arch_load_user_u8_right, "lbu a0, 0(a0)"
ACCESSOR haul_arch_store_user_u16_right, "sh a1, 0(a0)"
ACCESSOR haul_arch_load_user_u32_right, "lwu a0, 4(a0)"
ACCESSOR haul_arch_store_user_u64_right, "sd a1, -8(a0)"
ACCESSOR haul_arch_load_user_u32_twice, "lwu a1, 0(a0)", "lwu a1, 0(a0)"
ACCESSOR haul_arch_load_user_u32_absent
ACCESSOR haul_arch_load_user_u16_wide, "lwu a0, 0(a0)"
ACCESSOR haul_arch_store_user_u32_narrow, "sh a1, 0(a0)"
ACCESSOR haul_arch_store_user_u32_backward, "lwu a0, 0(a0)"
ACCESSOR haul_arch_load_user_u32_post_indexed, "th.lwia a1, (a0), 4, 0"
ACCESSOR haul_arch_store_user_u32_pre_indexed, "th.swib a1, (a0), 4, 0"
ACCESSOR haul_arch_load_user_u64_pair, "th.ldd a2, a3, (a0), 0, 4"
ACCESSOR haul_arch_load_user_u32_vector, "flw fa0, 0(a0)"
ACCESSOR haul_arch_load_user_u32_exclusive, "lr.w a0, (a0)"

/* C around one access: the result's store is not marked, or there is a mistake. */
FUNC haul_reader_once_u16_right
	PROBE .Laccessor, lhu t0, 0(a0)
	sw t0, 0(a1)
	ret
END_FUNC haul_reader_once_u16_right

FUNC haul_load_u32_unmarked
	lwu t0, 0(a0)
	sw t0, 0(a1)
	ret
END_FUNC haul_load_u32_unmarked

ACCESSOR haul_region_read_u32_result, "lwu t0, 0(a0)", "sw t0, 0(a1)"
ACCESSOR haul_reader_once_u16_wide, "lwu t0, 0(a0)"
ACCESSOR haul_writer_once_u64_backward, "ld t0, 0(a0)"

/* Copiers: a load and a store, in that order. */
ACCESSOR haul_arch_io_copy_u32_right, "lwu t0, 0(a1)", "sw t0, 0(a0)"
ACCESSOR haul_arch_io_copy_u32_wide, "lwu t0, 0(a1)", "sd t0, 0(a0)"
ACCESSOR haul_arch_io_copy_u32_first, "sw t0, 0(a0)", "lwu t0, 0(a1)"
