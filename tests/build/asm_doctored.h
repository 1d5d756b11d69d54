/* SPDX-License-Identifier: MIT */
/* What tests/<cpu>/doctored.S share. */
#ifndef TESTS_DOCTORED_H
#define TESTS_DOCTORED_H

#include "asm.h"

/* An accessor of no, one or two accesses. */
.macro ACCESSOR name:req, first, second
FUNC \name
	.ifnb \first
	PROBE .Laccessor, \first
	.endif
	.ifnb \second
	PROBE .Laccessor, \second
	.endif
	ret
END_FUNC \name
.endm

FUNC haul_arch_accessor_faulted
.Laccessor:
	ret
END_FUNC haul_arch_accessor_faulted

FUNC foreign
.Lforeign:
	ret
END_FUNC foreign

	/* The library's own data. */
	.section .rodata
	.balign 8
own:
	.quad 0

#endif
