# SPDX-License-Identifier: MIT
# The machine under the tests and examples of a host without a system.
board_sources = \
	boards/arguments.c \
	boards/board.c \
	boards/board.h \
	boards/memory.c \
	boards/print.c \
	boards/string.c
dist_noinst_SCRIPTS += boards/run
include $(top_srcdir)/boards/x86_64/local.mk
include $(top_srcdir)/boards/aarch64/local.mk
include $(top_srcdir)/boards/riscv64/local.mk
include $(top_srcdir)/boards/loongarch64/local.mk
EXTRA_DIST += boards/x86_64/link.ld boards/aarch64/link.ld boards/riscv64/link.ld \
	boards/loongarch64/link.ld

if !HOSTED
noinst_LIBRARIES += boards/libboard.a
boards_libboard_a_SOURCES = $(board_sources)
endif

# What an image is linked with, after its own objects.  (-u: what libhaul-bare.a wants of the
# library before it.)
board_script = boards/$(HAUL_CPU)/link.ld
board_ldflags = -all-static -Wl,-T,$(top_srcdir)/$(board_script) -L$(top_srcdir)/runtime/bare \
	-Wl,--build-id=none -Wl,-u,memset -Wl,-z,max-page-size=4096 $(BOARD_LDFLAGS)
board_libs = boards/libboard.a libhaul-bare.a
