# SPDX-License-Identifier: MIT
# Kinds of fault, and signals.
fault_cflags = $(AM_CFLAGS) $(test_cflags)
if HOSTED
test_programs += tests/fault tests/signal
else
test_programs += tests/trap
endif

signal_child = tests/signal_child.c tests/signal_child.h tests/fault_maps.c tests/fault_maps.h

tests_fault_SOURCES = $(signal_child) \
	tests/fault_addresses.c \
	tests/fault_extable.c \
	tests/fault_extable_process.c \
	tests/fault_kinds.c \
	tests/fault_races.c \
	tests/fault_state.c \
	tests/fault_tag.c
tests_fault_CFLAGS = $(fault_cflags)
tests_fault_LDADD = tests/libtest.la $(test_libs)
if CPU_X86_64
marked_sources = tests/x86_64/cpu.h tests/x86_64/marked.S tests/x86_64/marked.h tests/x86_64/state.S
endif
if CPU_AARCH64
tests_fault_SOURCES += tests/aarch64/tag.h
marked_sources = tests/aarch64/cpu.h tests/aarch64/marked.S tests/aarch64/marked.h tests/aarch64/state.S
endif
if CPU_RISCV64
marked_sources = tests/riscv64/cpu.h tests/riscv64/marked.S tests/riscv64/marked.h tests/riscv64/state.S
endif
if CPU_LOONGARCH64
marked_sources = tests/loongarch64/cpu.h tests/loongarch64/marked.S tests/loongarch64/marked.h tests/loongarch64/state.S
endif

tests_fault_SOURCES += $(marked_sources)

# On boards: the same of what needs no process, and what boards alone have.
tests_trap_SOURCES = tests/bare/trap.c tests/bare/trap_user.c tests/fault_maps.h \
	tests/fault_addresses.c tests/fault_extable.c tests/fault_state.c $(marked_sources)
if CPU_AARCH64
tests_trap_SOURCES += tests/aarch64/untranslated.c tests/aarch64/mops.c \
	tests/aarch64/tag.h tests/fault_tag.c
endif
tests_trap_CFLAGS = $(fault_cflags)
tests_trap_LDADD = tests/libtest.la $(test_libs)

tests_signal_SOURCES = $(signal_child) \
	tests/signal_chain.c \
	tests/signal_handle.c \
	tests/signal_install.c \
	tests/signal_places.c
tests_signal_CFLAGS = $(fault_cflags)
tests_signal_LDADD = tests/libtest.la $(test_libs)
