# SPDX-License-Identifier: MIT
noinst_PROGRAMS += examples/truncated
examples_truncated_SOURCES = examples/truncated.c
examples_truncated_LDADD = libhaul.la
