# SPDX-License-Identifier: MIT
include_HEADERS = include/haul.h
haulincludedir = $(includedir)/haul
haulinclude_HEADERS = \
	include/haul/arena.h \
	include/haul/atomic.h \
	include/haul/barrier.h \
	include/haul/base.h \
	include/haul/cache.h \
	include/haul/check.h \
	include/haul/cursor.h \
	include/haul/dma.h \
	include/haul/extable.h \
	include/haul/fault.h \
	include/haul/guard.h \
	include/haul/hal.h \
	include/haul/hugetlb.h \
	include/haul/io.h \
	include/haul/mapping.h \
	include/haul/mem.h \
	include/haul/memfd.h \
	include/haul/model.h \
	include/haul/platform.h \
	include/haul/region.h \
	include/haul/registry.h \
	include/haul/trap.h \
	include/haul/tune.h \
	include/haul/user.h
