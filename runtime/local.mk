# SPDX-License-Identifier: MIT
libhaul_la_SOURCES += \
	runtime/atomic.c \
	runtime/base.c \
	runtime/extable.c \
	runtime/extable.h \
	runtime/mem.c \
	runtime/platform.h \
	runtime/tune.c \
	runtime/tune.h \
	runtime/linux/platform.c \
	runtime/linux/fault.c
EXTRA_DIST += runtime/haul.map
