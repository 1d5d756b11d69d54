#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the exception table of a linked object against its code.

usage: lint_extable.py OBJECT            complaints, one a line; status 1 if any
       lint_extable.py --fixups OBJECT   the address of every fixup

Every instruction of a copying routine that touches the caller's memory lies in
a table entry; every entry covers such an instruction or the branch before one,
begins and ends between instructions, overlaps no other and resumes between
instructions of haul's.
"""
import re
import struct
import subprocess
import sys

# Routines whose every memory operand is the caller's.  The _facts forms store
# to a struct of the library itself.
ROUTINE = re.compile(r"haul_(mem(cpy|move|set)|arch_(mem|strnlen|load|store|swap|cmpxchg|fetch_)\w*)$")
NOT_ROUTINE = re.compile(r"_facts$")

ENTRY = struct.Struct("<iiHBB")  # struct haul_extable_entry

# Mnemonics with a memory operand that they do not access.
HARMLESS = re.compile(r"(lea|nop|prefetch|data16|cs nop)")
# A memory operand: base and index in parentheses.
OPERAND = re.compile(r"\(([^)]*)\)")
# The stack and the library's own data are not the caller's.
OWN_BASE = re.compile(r"%(rsp|rip)\b")


def objdump(*arguments):
    return subprocess.run(["objdump", *arguments], check=True, capture_output=True, text=True).stdout


class Instruction:
    def __init__(self, address, text, function):
        self.address, self.text, self.function = address, text, function
        self.end = None

    def touches_caller(self):
        if HARMLESS.match(self.text):
            return False
        return any(not OWN_BASE.match(operand) for operand in OPERAND.findall(self.text))

    def __str__(self):
        return f"{self.function} {self.address:#x} `{self.text}`"


def disassemble(path):
    """Every instruction of .text, by address."""
    code, function, last = {}, None, None
    for line in objdump("-d", "-w", "-j", ".text", "--no-show-raw-insn", path).splitlines():
        if header := re.match(r"([0-9a-f]+) <([^>]+)>:$", line):
            function = header[2]
        elif found := re.match(r" *([0-9a-f]+):\t(.*)$", line):
            address = int(found[1], 16)
            text = re.sub(r"\s+", " ", found[2].split("#")[0]).strip()
            if last:
                last.end = address
            last = code[address] = Instruction(address, text, function)
    if last:
        last.end = last.address + 1
    return code


def read_table(path):
    """(first byte, end, fixup) of every entry."""
    header = re.search(r"^ *\d+ haul_extable +([0-9a-f]+) +([0-9a-f]+) +\S+ +([0-9a-f]+)", objdump("-h", path), re.M)
    if not header:
        return []
    size, base, offset = (int(field, 16) for field in header.groups())
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(size)
    table = []
    for at in range(0, size, ENTRY.size):
        insn, fixup, length, _, _ = ENTRY.unpack_from(data, at)
        first = base + at + insn
        table.append((first, first + length, base + at + 4 + fixup))
    return table


def paths_after(branch):
    """The addresses that a conditional branch leads to."""
    yield branch.end
    if target := re.match(r"j\w+ ([0-9a-f]+)", branch.text):
        yield int(target[1], 16)


def first_access(code, address):
    """The first access to memory on the straight way from an address."""
    while (instruction := code.get(address)) and not re.match(r"(j|ret|call)", instruction.text):
        if instruction.touches_caller():
            return instruction.address
        address = instruction.end
    return None


def is_branch_before(code, instruction, fixup, fixup_of):
    """A conditional branch before an access with the same fixup: what
    Valgrind reports when that access faults."""
    if not re.match(r"j(?!mp)", instruction.text):
        return False
    return any(fixup_of.get(first_access(code, path)) == fixup for path in paths_after(instruction))


def complaints(code, table):
    fixup_of = {}
    boundaries = set(code) | {instruction.end for instruction in code.values()}
    for first, end, fixup in table:
        for address in range(first, end):
            if address in fixup_of and address in code:
                yield f"{code[address]} lies in two entries"
            fixup_of[address] = fixup
    for first, end, fixup in table:
        where = f"entry [{first:#x}, {end:#x})"
        if first in code:
            where = f"{code[first].function} {where}"
        if first not in code:
            yield f"{where} begins inside an instruction"
        elif end not in boundaries:
            yield f"{where} ends inside an instruction"
        inside = [code[address] for address in range(first, end) if address in code]
        if not any(i.touches_caller() or is_branch_before(code, i, fixup, fixup_of) for i in inside):
            yield f"{where} covers no access to memory"
        if fixup not in code:
            yield f"{where} resumes inside an instruction or outside the code, at {fixup:#x}"
        elif not code[fixup].function.startswith("haul_"):
            yield f"{where} resumes in {code[fixup].function}"
    for instruction in code.values():
        name = instruction.function
        if not ROUTINE.match(name) or NOT_ROUTINE.search(name):
            continue
        if instruction.touches_caller() and instruction.address not in fixup_of:
            yield f"{instruction} lies in no entry"


def main(arguments):
    want_fixups = arguments[:1] == ["--fixups"]
    paths = arguments[want_fixups:]
    if len(paths) != 1:
        sys.exit(__doc__)
    table = read_table(paths[0])
    if want_fixups:
        for fixup in sorted({entry[2] for entry in table}):
            print(f"{fixup:#x}")
        return 0
    code = disassemble(paths[0])
    routines = {i.function for i in code.values() if ROUTINE.match(i.function)}
    found = list(complaints(code, table))
    for complaint in found:
        print(complaint)
    print(f"{len(table)} entries, {len(routines)} routines, {len(found)} complaints")
    return 1 if found or not table or not routines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
