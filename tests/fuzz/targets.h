/* SPDX-License-Identifier: MIT */
/*
 * What is fuzzed: each plays a device and its driver, by bytes (input.h), and fails where
 * the driver does not hold.  Run by libFuzzer (fuzzer.c, tests/fuzz.sh), and over the corpus by
 * an ordinary test (replay.c).
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <stddef.h>
#include <stdint.h>

typedef void fuzz_target(const uint8_t *data, size_t size);

fuzz_target fuzz_ring, fuzz_mmio, fuzz_pci, fuzz_config, fuzz_rng, fuzz_blk, fuzz_console, fuzz_net;

#endif
