/* SPDX-License-Identifier: MIT */
/*
 * Memory operations beyond the bare copy, move and fill, which are the port's
 * own functions: the account of a fault, compare, length, scatter-gather.
 */
#include "arch.h"
#include "fault.h"
#include <haul/mem.h>

void haul_fault_explain(struct haul_fault *fault, const struct haul_arch_facts *facts, bool failed)
{
	if (!fault)
		return;
	if (!failed) {
		*fault = (struct haul_fault){.kind = HAUL_FAULT_NONE};
		return;
	}
	*fault = (struct haul_fault){
		.addr = (uintptr_t)facts->addr,
		.addr_valid = facts->addr_valid != 0,
		.kind = (enum haul_fault_kind)facts->kind,
		.operand = (enum haul_operand)facts->operand,
		.signo = (int)facts->signo,
		.code = (int)facts->code,
		.addr_lsb = facts->addr_lsb,
	};
}

size_t haul_memcpy_fault(void *dst, const void *src, size_t n, struct haul_fault *fault)
{
	struct haul_arch_facts facts;
	size_t done = haul_arch_memcpy_facts(dst, src, n, &facts);

	haul_fault_explain(fault, &facts, done < n);
	return done;
}

size_t haul_memmove_fault(void *dst, const void *src, size_t n, struct haul_fault *fault)
{
	struct haul_arch_facts facts;
	size_t done = haul_arch_memmove_facts(dst, src, n, &facts);

	haul_fault_explain(fault, &facts, done < n);
	return done;
}

size_t haul_memset_fault(void *dst, int c, size_t n, struct haul_fault *fault)
{
	struct haul_arch_facts facts;
	size_t done = haul_arch_memset_facts(dst, c, n, &facts);

	haul_fault_explain(fault, &facts, done < n);
	return done;
}

int haul_memcmp(const void *a, const void *b, size_t n, int *order)
{
	struct haul_arch_prefix prefix = haul_arch_memcmp(a, b, n);

	if (prefix.same < n && prefix.order == 0)
		return -HAUL_EFAULT;
	*order = prefix.same < n ? (int)prefix.order : 0;
	return 0;
}

int haul_strnlen(const char *s, size_t max, size_t *len)
{
	struct haul_arch_length length = haul_arch_strnlen(s, max);

	*len = length.len;
	return length.fault ? -HAUL_EFAULT : 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t haul_copyv(const struct haul_iovec *dst, size_t ndst, const struct haul_iovec *src,
		  size_t nsrc, struct haul_fault *fault)
{
	struct haul_arch_facts facts;
	size_t total = 0, dst_off = 0, src_off = 0;
	bool failed = false;

	while (ndst && nsrc && !failed) {
		size_t part = smaller(dst->len - dst_off, src->len - src_off);
		size_t done =
			haul_arch_memcpy_facts((char *)dst->base + dst_off,
					       (const char *)src->base + src_off, part, &facts);

		failed = done < part;
		total += done;
		dst_off += done;
		src_off += done;
		if (dst_off == dst->len) {
			dst++, ndst--;
			dst_off = 0;
		}
		if (src_off == src->len) {
			src++, nsrc--;
			src_off = 0;
		}
	}
	haul_fault_explain(fault, &facts, failed);
	return total;
}
