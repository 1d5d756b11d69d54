/* SPDX-License-Identifier: MIT */
/* loongarch64: for each width the load from %0, the store of what was loaded to
 * %1, and the store of %1 to %0. */
#ifndef HAUL_ARCH_WORD_CPU_H
#define HAUL_ARCH_WORD_CPU_H

#define HAUL_ARCH_WORD_SCRATCH "$t0"

#define HAUL_ARCH_WORDS(WORD) \
	WORD(8, "ld.bu $t0, %0, 0", "st.b $t0, %1, 0", "st.b %1, %0, 0") \
	WORD(16, "ld.hu $t0, %0, 0", "st.h $t0, %1, 0", "st.h %1, %0, 0") \
	WORD(32, "ld.wu $t0, %0, 0", "st.w $t0, %1, 0", "st.w %1, %0, 0") \
	WORD(64, "ld.d $t0, %0, 0", "st.d $t0, %1, 0", "st.d %1, %0, 0")

#endif
