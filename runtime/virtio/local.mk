# SPDX-License-Identifier: MIT
core_sources += \
	runtime/virtio/virtqueue.c
