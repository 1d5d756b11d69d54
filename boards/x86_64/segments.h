/* SPDX-License-Identifier: MIT */
/*
 * x86_64: segments, for assembly and C (Intel SDM volume 3, 3.4.5 and 8.2.3).
 */
#ifndef BOARD_SEGMENTS_H
#define BOARD_SEGMENTS_H

/* Offsets in the table of descriptors. */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TASK 0x18 /* two descriptors long */

/* Present, privilege 0, accessed; the code segment readable and 64-bit. */
#define SEGMENT_CODE 0x00209b0000000000
#define SEGMENT_DATA 0x0000930000000000
#define SEGMENT_TASK 0x0000890000000000 /* present, available 64-bit TSS */

#endif
