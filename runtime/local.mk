# SPDX-License-Identifier: MIT
core_sources += \
	runtime/atomic.c \
	runtime/base.c \
	runtime/cursor.c \
	runtime/extable.c \
	runtime/extable.h \
	runtime/fault.h \
	runtime/io.c \
	runtime/lock.h \
	runtime/mem.c \
	runtime/pci.c \
	runtime/platform.h \
	runtime/probe.h \
	runtime/region.c \
	runtime/registry.c \
	runtime/text.h \
	runtime/tune.c \
	runtime/tune.h
linux_sources += \
	runtime/linux/error.h \
	runtime/linux/fault.c \
	runtime/linux/guard.c \
	runtime/linux/guard.h \
	runtime/linux/hugetlb.c \
	runtime/linux/mapping.c \
	runtime/linux/memfd.c \
	runtime/linux/page.h \
	runtime/linux/platform.c
bare_sources += \
	runtime/bare/fault.c \
	runtime/bare/platform.c \
	runtime/bare/user.c
include $(top_srcdir)/runtime/dma/local.mk
include $(top_srcdir)/runtime/virtio/local.mk
EXTRA_DIST += runtime/haul.map
EXTRA_DIST += runtime/bare/haul-bare.ld
if BARE
barelddir = $(libdir)/haul
bareld_DATA = runtime/bare/haul-bare.ld
endif
