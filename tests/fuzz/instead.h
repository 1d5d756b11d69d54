/* SPDX-License-Identifier: MIT */
/*
 * What the sources under fuzzing are compiled behind: time is that of tests/fuzz/input.c, so that
 * deadlines come at once and at the same moment each time; registers are functions.
 */
#ifndef INSTEAD_H
#define INSTEAD_H

#define VIRTIO_REGISTERS_INSTEAD
#include "virtio_registers.h"

#define haul_platform_clock input_clock
#define haul_platform_yield input_yield

#endif
