#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs a Criterion program, one case after the other, with TAP on stdout, the
# cases named unit_property.  The driver reads results, not the exit status.
set -uo pipefail

"$@" --tap=- -j1 2>&1 |
	sed -u -E 's/^((not )?ok - )([[:alnum:]_]+)::/\1\3_/; s/  \([0-9.]+s\)$//'
