# SPDX-License-Identifier: MIT
"""What the tests of the house must know of riscv64.  Instructions are as objdump
writes them, with one blank after the mnemonic and none after commas."""
import re

# Arguments that objdump needs to know all instructions, if it is LLVM's: what
# assembly switches on for itself, the object does not say.
LLVM_FLAGS = ["--mattr=+v,+zicbom,+zicbop,+zicboz,+zacas,+zabha,+xtheadmemidx,+xtheadmempair"]

COMMENT = "#"

# Landing pads (Zicfilp) are not in use: no ABI for them is final in the tools.
PROPERTY = ""
LANDING_PAD = ""

# Flags of QEMU for a debugger.
QEMU_FOR_GDB = ""

# Bases of what is not the caller's: the stack, the program's small data; and
# how a register gets the address of the library's own data.
OWN = {"sp", "gp"}
FORMS_ADDRESS = re.compile(r"auipc (\w+),")
ADDS_TO_ADDRESS = re.compile(r"addi? (\w+),\1,")

# Not accesses, though with an operand that looks so.
HARMLESS = re.compile(r"(prefetch\.|jr |jalr )")
OPERAND = re.compile(r"\((\w+)\)")

ENDS_RUN = re.compile(r"(b(eq|ne|lt|ge|gt|le)\w*|j|jr|jal|jalr|ret)\b")
CONDITIONAL = re.compile(r"b(?:eq|ne|lt|ge|gt|le)\w* (?:\w+,)+(?:0x)?([0-9a-f]+)")

PLAIN = re.compile(r"(?:(l)([bhw]u?|d)|(s)([bhwd])) \w+,-?\w*\(\w+\)$")

# haul_barrier_*, but for the return; operations on cache lines, and what comes after them.
BARRIERS = {
    "publish": "fence w,w",
    "consume": "fence r,rw",
    "full": "fence rw,rw",
    "doorbell": "fence w,o",
    "complete": "fence i,rw",
}
CACHE_LINE = re.compile(r"cbo\.(?!zero)")
CACHE_FENCE = "fence ow,iorw"

# haul_arch_fence, as the disassembler has it.
FENCE = "fence rw,rw"


def bases(text):
    """The base register of every access to memory."""
    return [] if HARMLESS.match(text) else OPERAND.findall(text)


def branch_target(_, text):
    """Where a conditional branch leads."""
    found = CONDITIONAL.match(text)
    return int(found[1], 16) if found else None


def plain_access(text):
    """(load or store, bytes) of a move between memory and one general register."""
    if not (found := PLAIN.match(text)):
        return None
    kind, width = ("load", found[2]) if found[1] else ("store", found[4])
    return kind, {"b": 1, "h": 2, "w": 4, "d": 8}[width[0]]
