/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on memory that may fault.
 *
 * One instruction, or one load-linked/store-conditional loop, on 8 to 64 bits
 * in the CPU's byte order.  Loads and stores are relaxed; everything else is
 * sequentially consistent.  Each is single-copy atomic with respect to every
 * other access of the same width and place, from C11 atomics too.
 *
 * p must be aligned to its width: -HAUL_EINVAL if not, before any access.
 * -HAUL_EFAULT if the access fails (for all but load: if it cannot be written,
 * even where the comparison would have failed); memory and the result, value,
 * old or expected, are then unchanged.  Any value may be loaded, ~0 included:
 * the status is never part of the value.
 *
 * Any thread; async-signal-safe.  Faults are survived only while they are
 * handled: see haul/fault.h.
 */
#ifndef HAUL_ATOMIC_H
#define HAUL_ATOMIC_H

#include <haul/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* *value = *p */
HAUL_API int haul_load_u8(const uint8_t *p, uint8_t *value);
HAUL_API int haul_load_u16(const uint16_t *p, uint16_t *value);
HAUL_API int haul_load_u32(const uint32_t *p, uint32_t *value);
HAUL_API int haul_load_u64(const uint64_t *p, uint64_t *value);

/* *p = value */
HAUL_API int haul_store_u8(uint8_t *p, uint8_t value);
HAUL_API int haul_store_u16(uint16_t *p, uint16_t value);
HAUL_API int haul_store_u32(uint32_t *p, uint32_t value);
HAUL_API int haul_store_u64(uint64_t *p, uint64_t value);

/* *old = *p, *p = value */
HAUL_API int haul_swap_u8(uint8_t *p, uint8_t value, uint8_t *old);
HAUL_API int haul_swap_u16(uint16_t *p, uint16_t value, uint16_t *old);
HAUL_API int haul_swap_u32(uint32_t *p, uint32_t value, uint32_t *old);
HAUL_API int haul_swap_u64(uint64_t *p, uint64_t value, uint64_t *old);

/* If *p == *expected, *p = desired and 1 is returned; else *expected = *p and 0
 * is returned.  Never fails spuriously. */
HAUL_API int haul_cmpxchg_u8(uint8_t *p, uint8_t *expected, uint8_t desired);
HAUL_API int haul_cmpxchg_u16(uint16_t *p, uint16_t *expected, uint16_t desired);
HAUL_API int haul_cmpxchg_u32(uint32_t *p, uint32_t *expected, uint32_t desired);
HAUL_API int haul_cmpxchg_u64(uint64_t *p, uint64_t *expected, uint64_t desired);

/* *old = *p, *p = *p + operand */
HAUL_API int haul_fetch_add_u8(uint8_t *p, uint8_t operand, uint8_t *old);
HAUL_API int haul_fetch_add_u16(uint16_t *p, uint16_t operand, uint16_t *old);
HAUL_API int haul_fetch_add_u32(uint32_t *p, uint32_t operand, uint32_t *old);
HAUL_API int haul_fetch_add_u64(uint64_t *p, uint64_t operand, uint64_t *old);

/* *old = *p, *p = *p & operand */
HAUL_API int haul_fetch_and_u8(uint8_t *p, uint8_t operand, uint8_t *old);
HAUL_API int haul_fetch_and_u16(uint16_t *p, uint16_t operand, uint16_t *old);
HAUL_API int haul_fetch_and_u32(uint32_t *p, uint32_t operand, uint32_t *old);
HAUL_API int haul_fetch_and_u64(uint64_t *p, uint64_t operand, uint64_t *old);

/* *old = *p, *p = *p | operand */
HAUL_API int haul_fetch_or_u8(uint8_t *p, uint8_t operand, uint8_t *old);
HAUL_API int haul_fetch_or_u16(uint16_t *p, uint16_t operand, uint16_t *old);
HAUL_API int haul_fetch_or_u32(uint32_t *p, uint32_t operand, uint32_t *old);
HAUL_API int haul_fetch_or_u64(uint64_t *p, uint64_t operand, uint64_t *old);

/* *old = *p, *p = *p ^ operand */
HAUL_API int haul_fetch_xor_u8(uint8_t *p, uint8_t operand, uint8_t *old);
HAUL_API int haul_fetch_xor_u16(uint16_t *p, uint16_t operand, uint16_t *old);
HAUL_API int haul_fetch_xor_u32(uint32_t *p, uint32_t operand, uint32_t *old);
HAUL_API int haul_fetch_xor_u64(uint64_t *p, uint64_t operand, uint64_t *old);

#ifdef __cplusplus
}
#endif

#endif
