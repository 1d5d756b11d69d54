# SPDX-License-Identifier: MIT
core_sources += \
	runtime/virtio/mmio.c \
	runtime/virtio/mock.c \
	runtime/virtio/pci.c \
	runtime/virtio/virtio.c \
	runtime/virtio/virtqueue.c
