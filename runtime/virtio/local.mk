# SPDX-License-Identifier: MIT
core_sources += \
	runtime/virtio/blk.c \
	runtime/virtio/console.c \
	runtime/virtio/mmio.c \
	runtime/virtio/mock.c \
	runtime/virtio/net.c \
	runtime/virtio/pci.c \
	runtime/virtio/request.c \
	runtime/virtio/request.h \
	runtime/virtio/rng.c \
	runtime/virtio/virtio.c \
	runtime/virtio/virtqueue.c
