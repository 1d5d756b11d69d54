#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs a Criterion program, one case after the other, with TAP on stdout: cases
# are named unit_property, and what a failing one says becomes comments, which
# the driver shows.  The driver reads results, not the exit status.
set -uo pipefail

"$@" --tap=- -j1 2>&1 |
	sed -u -E -e '/^#( Criterion v.*| Running .* tests? from .*)?$/d' \
		-e 's/^((not )?ok - )([[:alnum:]_]+)::/\1\3_/; s/  \([0-9.]+s\)$//' \
		-e 's/^  /# /'
