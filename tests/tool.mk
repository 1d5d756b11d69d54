# SPDX-License-Identifier: MIT
# Tests of the command, in shell as those of house.mk.  Without the
# command they skip each of their cases.
tool_tests = \
	tests/tool_bench.sh \
	tests/tool_copy.sh \
	tests/tool_info.sh \
	tests/tool_mounts.sh

TESTS += $(tool_tests)
dist_check_SCRIPTS += $(tool_tests)
EXTRA_DIST += \
	tests/tool.sh \
	tests/tool_fuse.py
