#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the barriers of a linked object against its code.

usage: lint_barriers.py OBJECT   complaints, one a line; status 1 if any

haul_barrier_* are what tests/$HAUL_CPU/lint.py says, and nothing else.  No function that
operates on cache lines returns without the fence after them, nor do their fixups.
No test can show that one is missing: most CPUs would still do the right thing
nearly always, and emulators do always.

From the environment as lint_extable.py.
"""
import itertools
import re
import sys

from lint_extable import cpu, disassemble

RETURN = re.compile(r"ret|jr \$ra")


def bodies(code):
    """The instructions of each function, in order."""
    found = {}
    for _, instruction in sorted(code.items()):
        found.setdefault(instruction.function, []).append(instruction.text)
    return found


def barrier_complaints(functions):
    for name, wanted in cpu.BARRIERS.items():
        body = functions.get(f"haul_barrier_{name}", ["no such function"])
        before_return = itertools.takewhile(lambda text: not RETURN.match(text), body)
        found = [text for text in before_return if not re.fullmatch(cpu.LANDING_PAD, text)]
        if found != ([wanted] if wanted else []):
            yield f"haul_barrier_{name} is {found}, not {wanted}"


def fence_complaints(functions):
    for name, body in functions.items():
        if not re.match(r"haul_arch_cache_", name):
            continue
        owed = name.endswith("_facts")  # the fixups, behind what has been done
        for text in body:
            if cpu.CACHE_LINE.match(text):
                owed = True
            elif text == cpu.CACHE_FENCE:
                owed = False
            elif RETURN.match(text) and owed:
                yield f"{name} returns without {cpu.CACHE_FENCE}"


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    functions = bodies(disassemble(arguments[0]))
    operating = [name for name, body in functions.items() if any(map(cpu.CACHE_LINE.match, body))]
    found = [*barrier_complaints(functions), *fence_complaints(functions)]
    for complaint in found:
        print(complaint)
    print(f"{len(cpu.BARRIERS)} barriers, {len(operating)} functions on cache lines, {len(found)} complaints")
    return 1 if found or not operating else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
