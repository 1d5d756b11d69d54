#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the exception table of a linked object against its code.

usage: lint_extable.py OBJECT            complaints, one a line; status 1 if any
       lint_extable.py --fixups OBJECT   the address of every fixup

Every instruction of a copying routine that touches the caller's memory lies in
a table entry; every entry covers such an instruction or the branch before one,
begins and ends between instructions, overlaps no other and resumes between
instructions of haul's.  Accessors of single words make exactly one access, copiers
of words a load and a store, of their width and of the plainest form, so that whoever
emulates a device can decode it; functions of C that access one value have one marked access, and that
is such a one.

What instructions look like, tests/$HAUL_CPU/lint.py knows.  From the
environment: HAUL_CPU, OBJDUMP, READELF.
"""
import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.environ["HAUL_CPU"]))
import lint as cpu  # noqa: E402

# Routines whose every memory operand is the caller's, operations on its cache lines
# among them.  The _facts forms and _describe store to a struct of the library itself.
ROUTINE = re.compile(
    r"haul_(mem(cpy|move|set)|arch_(mem|strnlen|load|store|swap|cmpxchg|fetch_|atomic_|io_|cache_)\w*)$"
)
NOT_ROUTINE = re.compile(r"_(facts|describe)$")
# Routines that are one load and one store, or one access.
COPIER = re.compile(r"haul_arch_io_copy_u(8|16|32|64)(?:_|$)")
ACCESSOR = re.compile(r"haul_arch_(load|store)_user_u(8|16|32|64)(?:_|$)")
# C around one access, where the rest is what the compiler makes of the library's own data.
VALUE = re.compile(r"haul_(load|store|reader_once|writer_once|region_read|region_write)_u(8|16|32|64)(?:_|$)")
LOADS = ("load", "reader_once", "region_read")

ENTRY = struct.Struct("<iiHBB")  # struct haul_extable_entry

# What objdump writes if it does not know an instruction.
UNKNOWN = re.compile(r"\.\w+ |<unknown>|\(bad\)")


def said_by(tool, *arguments):
    command = [*os.environ[tool].split(), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Instruction:
    def __init__(self, address, text, function, previous):
        self.address, self.text, self.function = address, text, function
        self.previous = previous if previous and previous.function == function else None
        self.end = None

    def is_own(self, base):
        """The stack, or the library's data, whose address was formed just before."""
        before = self.previous
        while before and (added := cpu.ADDS_TO_ADDRESS.match(before.text)) and added[1] == base:
            before = before.previous
        formed = cpu.FORMS_ADDRESS.match(before.text) if before else None
        return base in cpu.OWN or (formed and formed[1] == base)

    def touches_caller(self):
        return not self.is_unknown() and any(not self.is_own(base) for base in cpu.bases(self.text))

    def is_unknown(self):
        return bool(UNKNOWN.match(self.text))

    def jumps(self):
        return cpu.ENDS_RUN.match(self.text) and cpu.branch_target(self.address, self.text) is None

    def is_padding(self):
        """Behind a jump, where nothing comes."""
        before = self.previous
        return self.is_unknown() and before and (before.jumps() or before.is_padding())

    def in_routine(self):
        return ROUTINE.match(self.function) and not NOT_ROUTINE.search(self.function)

    def __str__(self):
        return f"{self.function} {self.address:#x} `{self.text}`"


def tidy(text):
    """One blank after the mnemonic, none after commas, no comment."""
    return re.sub(r", ", ",", re.sub(r"\s+", " ", text.split(cpu.COMMENT)[0]).strip())


def disassemble(path):
    """Every instruction of .text, by address."""
    code, function, last = {}, "", None
    flags = cpu.LLVM_FLAGS if "LLVM" in said_by("OBJDUMP", "--version") else []
    for line in said_by("OBJDUMP", "-dw", "-j.text", "--no-show-raw-insn", *flags, path).splitlines():
        if header := re.match(r"([0-9a-f]+) <([^.$>][^>]*)>:$", line):
            function = header[2]
        elif found := re.match(r" *([0-9a-f]+):\s+(.*)$", line):
            address = int(found[1], 16)
            if last:
                last.end = address
            last = code[address] = Instruction(address, tidy(found[2]), function, last)
    if last:
        last.end = last.address + 1
    return code


def read_table(path):
    """(first byte, end, fixup) of every entry."""
    header = re.search(r"\] haul_extable +\S+ +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", said_by("READELF", "-SW", path))
    if not header:
        return []
    base, offset, size = (int(field, 16) for field in header.groups())
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
    yield cpu.branch_target(branch.address, branch.text)


def first_access(code, address):
    """The first access to memory on the straight way from an address."""
    while (instruction := code.get(address)) and not cpu.ENDS_RUN.match(instruction.text):
        if instruction.touches_caller():
            return instruction.address
        address = instruction.end
    return None


def is_branch_before(code, instruction, fixup, fixup_of):
    """A conditional branch before an access with the same fixup: what
    Valgrind reports when that access faults."""
    if cpu.branch_target(instruction.address, instruction.text) is None:
        return False
    return any(fixup_of.get(first_access(code, path)) == fixup for path in paths_after(instruction))


def entry_complaints(code, table, fixup_of):
    boundaries = set(code) | {instruction.end for instruction in code.values()}
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


def routine_complaints(code, fixup_of):
    for instruction in code.values():
        if not instruction.in_routine():
            continue
        if instruction.is_unknown() and not instruction.is_padding():
            yield f"{instruction} is not known to objdump"
        if instruction.touches_caller() and instruction.address not in fixup_of:
            yield f"{instruction} lies in no entry"


def single_access_complaints(code, functions, counts):
    """Of functions by such names: the accesses that count are one, and a plain one."""
    accesses = {i.function: [] for i in code.values() if functions.match(i.function)}
    for instruction in code.values():
        if instruction.function in accesses and instruction.touches_caller() and counts(instruction):
            accesses[instruction.function].append(instruction)
    for function, made in accesses.items():
        name, bits = functions.match(function).groups()
        kind = "load" if name in LOADS else "store"
        if len(made) != 1:
            yield f"{function} makes {len(made)} accesses, not one"
        elif cpu.plain_access(made[0].text) != (kind, int(bits) // 8):
            yield f"{made[0]} is no plain {kind} of {bits} bits"


def copier_complaints(code):
    accesses = {i.function: [] for i in code.values() if COPIER.match(i.function)}
    for instruction in code.values():
        if instruction.function in accesses and instruction.touches_caller():
            accesses[instruction.function].append(instruction)
    for function, made in accesses.items():
        width = int(COPIER.match(function)[1]) // 8
        if [cpu.plain_access(access.text) for access in made] != [("load", width), ("store", width)]:
            yield f"{function} is not a plain load and a plain store of {width} bytes"


def complaints(code, table):
    fixup_of = {}
    for first, end, fixup in table:
        for address in range(first, end):
            if address in fixup_of and address in code:
                yield f"{code[address]} lies in two entries"
            fixup_of[address] = fixup
    yield from entry_complaints(code, table, fixup_of)
    yield from routine_complaints(code, fixup_of)
    yield from copier_complaints(code)
    yield from single_access_complaints(code, ACCESSOR, lambda access: True)
    yield from single_access_complaints(code, VALUE, lambda access: access.address in fixup_of)


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
    routines = {i.function for i in code.values() if i.in_routine()}
    accessors = {name for name in routines if ACCESSOR.match(name)}
    copiers = {name for name in routines if COPIER.match(name)}
    values = {i.function for i in code.values() if VALUE.match(i.function)}
    found = list(complaints(code, table))
    for complaint in found:
        print(complaint)
    print(
        f"{len(table)} entries, {len(routines)} routines, {len(copiers)} copiers, "
        f"{len(accessors)} accessors, {len(values)} values, {len(found)} complaints"
    )
    return 1 if found or not table or not routines or not copiers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
