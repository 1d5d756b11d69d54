# SPDX-License-Identifier: MIT
core_sources += \
	runtime/dma/arena.c \
	runtime/dma/backing.c \
	runtime/dma/cache.c \
	runtime/dma/check.h \
	runtime/dma/checker.c \
	runtime/dma/coherent.c \
	runtime/dma/device.c \
	runtime/dma/hal.c \
	runtime/dma/list.c \
	runtime/dma/model.c \
	runtime/dma/owner.h \
	runtime/dma/stream.c \
	runtime/dma/stream.h
