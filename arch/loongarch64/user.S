/* SPDX-License-Identifier: MIT */
/*
 * A kernel's access to user pages.
 *
 * There is no lock: an access is allowed if the CPU's privilege level is at least
 * the page's (manual volume 1, 5.4.4), so the kernel may access whatever user mode
 * may, at any time.  Pages can be restricted to their own level (RPLV), but for
 * good; and no instruction accesses as user mode would.
 */
#include "asm.h"

FUNC haul_arch_user_open
	jr	$ra
END_FUNC haul_arch_user_open

FUNC haul_arch_user_close
	jr	$ra
END_FUNC haul_arch_user_close

/* struct haul_arch_word haul_arch_load_user_u<width>(p): the value in a0, the
 * fault flag in a1. */
.macro USER_LOAD name:req, load:req
FUNC \name
	PROBE	.Lfaulted, \load $a0, $a0, 0
	move	$a1, $zero
	jr	$ra
END_FUNC \name
.endm

/* struct haul_arch_word haul_arch_store_user_u<width>(p, v) */
.macro USER_STORE name:req, store:req
FUNC \name
	PROBE	.Lfaulted, \store $a1, $a0, 0
	move	$a0, $zero
	move	$a1, $zero
	jr	$ra
END_FUNC \name
.endm

USER_LOAD haul_arch_load_user_u8, ld.bu
USER_LOAD haul_arch_load_user_u16, ld.hu
USER_LOAD haul_arch_load_user_u32, ld.wu
USER_LOAD haul_arch_load_user_u64, ld.d

USER_STORE haul_arch_store_user_u8, st.b
USER_STORE haul_arch_store_user_u16, st.h
USER_STORE haul_arch_store_user_u32, st.w
USER_STORE haul_arch_store_user_u64, st.d

FUNC haul_arch_user_faulted
.Lfaulted:
	ori	$a1, $zero, 1
	jr	$ra
END_FUNC haul_arch_user_faulted
