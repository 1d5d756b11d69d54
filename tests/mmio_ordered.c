/* SPDX-License-Identifier: MIT */
/* A device's states once more, with a barrier before doorbells that is the test's. */
#include "mmio_ordered.h"

#include "virtio/virtio.c"
