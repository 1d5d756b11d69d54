# SPDX-License-Identifier: MIT
libhaul_la_SOURCES += \
	runtime/atomic.c \
	runtime/base.c \
	runtime/extable.c \
	runtime/extable.h \
	runtime/mem.c \
	runtime/tune.c \
	runtime/tune.h \
	runtime/linux/environ.c \
	runtime/linux/fault.c
EXTRA_DIST += runtime/haul.map
