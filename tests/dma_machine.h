/* SPDX-License-Identifier: MIT */
/* The machine that tests of DMA run on: a model (haul/model.h), and what CPU and device do in
 * it, by offset in its memory. */
#ifndef DMA_MACHINE_H
#define DMA_MACHINE_H

#include <haul/model.h>

enum { SIZE = 4096, PAGE = 512, LINE = 64, STORAGE = 6 * SIZE + 2 * PAGE };

enum { ALL_OPS = 1 << HAUL_CACHE_CLEAN | 1 << HAUL_CACHE_FLUSH | 1 << HAUL_CACHE_INVALIDATE };

extern const uint64_t phys, iova; /* where the memory begins */

extern struct haul_model model;
extern unsigned char storage[STORAGE]; /* the model's */

struct haul_model_config config_of(enum haul_model_mode mode, uint64_t seed);
void begin(struct haul_model_config config);
void begin_shared(struct haul_model_config config); /* a device may access all of it */
void begin_quiet(void);                             /* the same, in HAUL_MODEL_QUIET */

int sync_range(enum haul_cache_op op, size_t off, size_t n);
void device_write(size_t off, const void *data, size_t n);
bool device_sees(size_t off, const void *data, size_t n);
bool cpu_sees(size_t off, const void *data, size_t n);
void cpu_store(size_t off, const void *data, size_t n);

/* Three lines of that letter, 'a' to 'z'. */
const char *letters(char letter);

#endif
