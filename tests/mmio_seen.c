/* SPDX-License-Identifier: MIT */
/* The transport once more, over registers that are the test's. */
#define VIRTIO_REGISTERS_INSTEAD
#include "virtio_registers.h"

#include "virtio/mmio.c"
