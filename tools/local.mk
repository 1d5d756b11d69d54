# SPDX-License-Identifier: MIT
# The command: tools/haul in the build tree.
EXTRA_DIST += doc/haul.1
if TOOLS
bin_PROGRAMS += tools/haul
man_MANS += doc/haul.1
endif
tools_haul_SOURCES = \
	tools/bench.c \
	tools/copy.c \
	tools/copy.h \
	tools/copy_report.c \
	tools/info.c \
	tools/machine.c \
	tools/machine.h \
	tools/main.c \
	tools/mapfile.c \
	tools/mapfile.h \
	tools/newfile.c \
	tools/newfile.h \
	tools/progress.c \
	tools/progress.h \
	tools/tool.c \
	tools/tool.h \
	tools/transfer.c \
	tools/transfer.h
tools_haul_CPPFLAGS = $(AM_CPPFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
tools_haul_CFLAGS = $(AM_CFLAGS) $(HWLOC_CFLAGS) $(JANSSON_CFLAGS)
tools_haul_LDFLAGS =
tools_haul_LDADD = libhaul.la $(HWLOC_LIBS) $(JANSSON_LIBS)
