#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the page of virtio's statements against the tests that it names.

usage: lint_virtio.py PAGE TESTS   complaints, one a line; status 1 if any

PAGE is doc/virtio.md, TESTS the folder of the tests' sources.  Of its tables the first column
holds numbers, "INIT-1", "A17 to A23", or, of the deviations, "7"; in the last, and, where a
column's head names a program, in that column, what stands in backquotes is a program with a
colon, or a test of the program before it, in which * is anything.

Each number that there is has a row; each name has a test; each test of a program of virtio's whose
name begins with a number is named; a deviation's row names a test that has its number.
"""
import fnmatch
import pathlib
import re
import sys

STATEMENTS = {"INIT": 11, "FEAT": 13, "SPLIT": 16, "PACK": 12, "MMIO": 13, "PCI": 13, "CFG": 5, "RST": 3, "A": 49}
DEVIATIONS = {str(n) for n in range(1, 15)}
PROGRAMS = ("virtio_*.c", "virtqueue*.c", "pci.c")
TEST = re.compile(r"^Test\((\w+), (\w+)\)", re.M)
NUMBERED = re.compile(r"(init|feat|split|pack|mmio|pci|cfg|rst|deviation)_\d|a\d+_")


def known():
    return {f"{kind}-{n}" if kind != "A" else f"A{n}" for kind, last in STATEMENTS.items() for n in range(1, last + 1)}


def numbers(cell):
    """INIT-1, A4 to A8, 14: one after another."""
    for first, last in re.findall(r"([A-Z]+-?\d+|\b\d+)(?: to ([A-Z]+-?\d+))?", cell):
        kind, low = re.fullmatch(r"(\D*)(\d+)", first).groups()
        high = re.search(r"\d+$", last or first).group()
        yield from (f"{kind}{n}" for n in range(int(low), int(high) + 1))


def names(cell, program):
    """(program, test) for each that is named."""
    for name, colon in re.findall(r"`([^`]*)`(:?)", cell):
        if colon:
            program = name
        else:
            yield program, name


def rows(page):
    """Of each row of a table its first cell, and the tests that it names."""
    programs = []
    for line in page.splitlines():
        if not line.startswith("|"):
            programs = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not programs:
            programs = [re.search(r"`tests/(\w+)`", head) for head in cells]
            continue
        if set(line) <= set("|- "):
            continue
        found = []
        for at, (cell, head) in enumerate(zip(cells, programs)):
            if at and (head or at == len(cells) - 1):
                found += names(cell, head and head.group(1))
        yield cells[0], found


def tests_in(folder):
    """(program, test) of each."""
    files = (file for pattern in PROGRAMS for file in pathlib.Path(folder).glob(pattern))
    return {(file.stem, test) for file in files for _, test in TEST.findall(file.read_text())}


def complaints(page, folder):
    tests, named, there = tests_in(folder), set(), set()
    for first, found in rows(page):
        there.update(numbers(first))
        matched = set()
        for program, name in found:
            matches = {test for test in tests if test[0] == program and fnmatch.fnmatchcase(test[1], name)}
            if not matches:
                yield f"{first}: there is no test {name} in {program}"
            matched |= matches
        named |= matched
        if first in DEVIATIONS and not any(re.search(rf"deviation_{first}(?!\d)", name) for _, name in matched):
            yield f"deviation {first} names no test of that number"
    for number in sorted((known() | DEVIATIONS) - there):
        yield f"{number} has no row"
    for number in sorted(there - known() - DEVIATIONS):
        yield f"there is no {number}"
    for program, name in sorted(tests - named):
        if NUMBERED.match(name):
            yield f"{program}: {name} is not named"


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    found = list(complaints(pathlib.Path(arguments[0]).read_text(), arguments[1]))
    for complaint in found:
        print(complaint)
    print(f"{len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
