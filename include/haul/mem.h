/* SPDX-License-Identifier: MIT */
/*
 * Memory operations that survive faults.
 *
 * Every operation handles n bytes and says how many it did: k, the exact
 * number before the first byte that could not be read or written.
 *   - bytes [0, k) are done, bytes [k, n) of the destination are unchanged,
 *     nothing outside [0, n) is touched;
 *   - at least one byte is done if the first one can be, so that a loop which
 *     resumes at k always progresses;
 *   - k == n when nothing failed, and then nothing was paid for the safety.
 * Where another thread changes what may be accessed during the call: losing the
 * source's pages keeps all of this, but for the variants of haul/tune.h by which
 * the CPU itself copies: erms may have written up to 63 bytes beyond k, mops as
 * many as the CPU likes; neither is chosen for copies unless asked for.  Losing
 * write access to the destination may leave new values beyond k.
 * Where the destination starts less than 64 bytes before the end of a page that
 * cannot be written, and the next page can be, "unchanged" rests on a CPU that
 * checks both pages of a store before it writes either.  Manuals leave that open
 * for vectors; all x86_64 CPUs tried do it, aarch64 and loongarch64 have not been
 * tried, riscv64 does not need it.
 * n may be 0, with any pointers.  A range that wraps around the end of the
 * address space is done up to where it stops being accessible.
 *
 * Any thread; async-signal-safe; no lock, allocation, errno or system call (but
 * riscv64's first call of all on Linux, which asks what the CPU is).
 * Faults are survived only while they are handled: see haul/fault.h, and for
 * kernels haul/trap.h.
 *
 * A struct haul_fault * may be NULL; if not, it is written on every call:
 * kind HAUL_FAULT_NONE when nothing failed.  Where source and destination both
 * fail at byte k it tells of the source.
 */
#ifndef HAUL_MEM_H
#define HAUL_MEM_H

#include <haul/base.h>
#include <haul/fault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Laid out as struct iovec. */
struct haul_iovec {
	void *base;
	size_t len; /* bytes */
};

/* Copies n bytes between ranges that do not overlap.  Returns bytes copied. */
HAUL_API size_t haul_memcpy(void *dst, const void *src, size_t n);

/*
 * Copies n bytes; the ranges may overlap.  Returns bytes moved.  Where the
 * copy must run backward (dst inside [src, src + n)), destination bytes after
 * k may already hold their moved values.
 */
HAUL_API size_t haul_memmove(void *dst, const void *src, size_t n);

/* Sets n bytes to (unsigned char)c.  Returns bytes set. */
HAUL_API size_t haul_memset(void *dst, int c, size_t n);

/* The same three, with an account of the fault. */
HAUL_API size_t haul_memcpy_fault(void *dst, const void *src, size_t n, struct haul_fault *fault);
HAUL_API size_t haul_memmove_fault(void *dst, const void *src, size_t n, struct haul_fault *fault);
HAUL_API size_t haul_memset_fault(void *dst, int c, size_t n, struct haul_fault *fault);

/*
 * Compares n bytes.  Returns 0 with *order <0, 0 or >0 as memcmp orders them
 * (as unsigned bytes); or -HAUL_EFAULT, *order untouched, if no difference
 * comes before the first byte that fails.
 */
HAUL_API int haul_memcmp(const void *a, const void *b, size_t n, int *order);

/*
 * The length of s, at most max.  Returns 0 with *len; or -HAUL_EFAULT if no
 * NUL comes before the fault, and then *len is the number of bytes that could
 * be read.  Bytes of the page of s that lie around the string may be read.
 */
HAUL_API int haul_strnlen(const char *s, size_t max, size_t *len);

/*
 * Copies src's pieces, one after the other, into dst's pieces; their lengths
 * may differ, may be 0 and may add up to different totals: the smaller counts.
 * Returns the bytes copied.  The arrays are ordinary memory; what they point
 * at may fault.  A piece of src does not overlap a piece of dst.
 */
HAUL_API size_t haul_copyv(const struct haul_iovec *dst, size_t ndst, const struct haul_iovec *src,
			   size_t nsrc, struct haul_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
