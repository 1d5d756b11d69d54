# SPDX-License-Identifier: MIT
"""What the tests of the house must know of loongarch64.  Instructions are as objdump
writes them, with one blank after the mnemonic and none after commas."""
import re

# Arguments that objdump needs to know all instructions, if it is LLVM's.
LLVM_FLAGS = []

COMMENT = "#"

# LoongArch has no landing pads.
PROPERTY = ""
LANDING_PAD = ""

# Flags of QEMU for a debugger.
QEMU_FOR_GDB = ""

# Bases of what is not the caller's: the stack; and how a register gets the
# address of the library's own data.
OWN = {"sp"}
FORMS_ADDRESS = re.compile(r"(?:pcalau12i|pcaddi|pcaddu12i|pcaddu18i) \$(\w+),")
ADDS_TO_ADDRESS = re.compile(r"addi\.d \$(\w+),\$\1,")

# Nothing in an operand says that it is in memory, only the mnemonic does; the
# base is the second operand, but the third of the atomics with two others.  That of
# an operation on a cache line comes after its number.
SECOND = re.compile(r"(?:(?:x?v|f)?(?:ld|st)(?:x|ptr|gt|le|l|r|repl|elm)?|ll|llacq|sc|screl)(?:\.\w+)? \$\w+,\$(\w+)")
THIRD = re.compile(r"(?:am\w+\.\w+|sc\.q) \$\w+,\$\w+,\$(\w+)")
LINE = re.compile(r"cacop \w+,\$(\w+)")

ENDS_RUN = re.compile(r"(b|bl|beqz?|bnez?|bltu?|bgeu?|bceqz|bcnez|jirl|jr|ret)\b")
CONDITIONAL = re.compile(r"b(?:eqz?|nez?|ltu?|geu?|ceqz|cnez) (?:\$\w+,)+(-?\d+)")

# Not with a check of bounds (ldgt), which has a trap of its own.
PLAIN = re.compile(r"(ld|st)(?:x|ptr)?\.([bhwd])u? ")

# haul_barrier_*, but for the return; operations on cache lines, and what comes after them.
BARRIERS = {
    "publish": "dbar 10",
    "consume": "dbar 4",
    "full": "dbar 0",
    "doorbell": "dbar 10",
    "complete": "dbar 4",
}
CACHE_LINE = re.compile(r"cacop ")
CACHE_FENCE = "dbar 0"

# haul_arch_fence, as the disassembler has it.
FENCE = "dbar 16"


def bases(text):
    """The base register of every access to memory."""
    found = THIRD.match(text) or SECOND.match(text) or LINE.match(text)
    return [found[1]] if found else []


def branch_target(address, text):
    """Where a conditional branch leads; objdump writes the distance."""
    found = CONDITIONAL.match(text)
    return address + int(found[1]) if found else None


def plain_access(text):
    """(load or store, bytes) of a move between memory and one general register."""
    if not (found := PLAIN.match(text)):
        return None
    return {"ld": "load", "st": "store"}[found[1]], {"b": 1, "h": 2, "w": 4, "d": 8}[found[2]]
