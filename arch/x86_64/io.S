/* SPDX-License-Identifier: MIT */
/*
 * Device access: one plain load or store each (arch.h).
 *
 * uint64_t haul_arch_io_load_u<width>(p, facts);
 * void haul_arch_io_store_u<width>(p, v, facts);
 */
#include "asm.h"

.macro IO_LOAD name:req, insn:req
FUNC \name
	LOAD	.Lload_failed, \insn
	ret
END_FUNC \name
.endm

.macro IO_STORE name:req, insn:req
FUNC \name
	STORE	.Lstore_failed, \insn
	ret
END_FUNC \name
.endm

IO_LOAD haul_arch_io_load_u8, "movzbl (%rdi), %eax"
IO_LOAD haul_arch_io_load_u16, "movzwl (%rdi), %eax"
IO_LOAD haul_arch_io_load_u32, "movl (%rdi), %eax"
IO_LOAD haul_arch_io_load_u64, "movq (%rdi), %rax"

IO_STORE haul_arch_io_store_u8, "movb %sil, (%rdi)"
IO_STORE haul_arch_io_store_u16, "movw %si, (%rdi)"
IO_STORE haul_arch_io_store_u32, "movl %esi, (%rdi)"
IO_STORE haul_arch_io_store_u64, "movq %rsi, (%rdi)"

FUNC haul_arch_io_facts
.Lload_failed:
	movq	%rsi, %rdx
	movq	$-1, %rax
.Lstore_failed:
	movq	fact_addr, (%rdx)
	movq	fact_cause, 8(%rdx)
	movq	fact_what, 16(%rdx)
	ret
END_FUNC haul_arch_io_facts
