# SPDX-License-Identifier: MIT
"""What the tests of the house must know of aarch64.  Instructions are as objdump
writes them, with one blank after the mnemonic and none after commas."""
import re

# Arguments that objdump needs to know all instructions, if it is LLVM's.
LLVM_FLAGS = []

COMMENT = "//"

# What readelf says of an object that can run under control-flow enforcement,
# and what functions begin with then: paciasp is a landing pad too.
PROPERTY = "AArch64 feature: BTI, PAC"
LANDING_PAD = "bti c|paciasp"

# Flags of QEMU for a debugger: gdb 13 does not know QEMU's description of the
# bits that authenticate addresses.
QEMU_FOR_GDB = "-cpu max,pauth=off"

# Bases of what is not the caller's: the stack; and how a register gets the
# address of the library's own data.
OWN = {"sp"}
FORMS_ADDRESS = re.compile(r"adrp? (\w+),")
ADDS_TO_ADDRESS = re.compile(r"add (\w+),\1,")

HARMLESS = re.compile(r"(prfu?m|rprfm|prf[bhwd]) ")
# A memory operand stands in brackets, as do the numbers of vector elements; an
# operation on a cache line (DC ZVA writes it) has an address without them.
OPERAND = re.compile(r"\[(x\d+|sp|z\d+)")
LINE = re.compile(r"^[di]c \w+,(x\d+)")

ENDS_RUN = re.compile(r"(b|bl|bc|br|blr|bra\w+|blra\w+|[ct]bn?z|ret\w*)\b")
CONDITIONAL = re.compile(r"(?:bc?\.\w+ |cbn?z \w+,|tbn?z \w+,#\w+,)(?:0x)?([0-9a-f]+)")

# Not post-indexed (the bracket ends it), not pre-indexed (no `!`), one register;
# unprivileged ones (ldtr) are such too.
PLAIN = re.compile(r"(ld|st)[ut]?r([bh]?) ([wx])(?:\d+|zr),\[[^]]*\]$")

# haul_barrier_*, but for landing pad and return; operations on cache lines, and what comes
# after them.
BARRIERS = {
    "publish": "dmb oshst",
    "consume": "dmb oshld",
    "full": "dmb osh",
    "doorbell": "dmb oshst",
    "complete": "dmb oshld",
}
CACHE_LINE = re.compile(r"dc (?!z)")
CACHE_FENCE = "dsb sy"

# haul_arch_fence, as the disassembler has it.
FENCE = "dmb ish"


def bases(text):
    """The base register of every access to memory."""
    return [] if HARMLESS.match(text) else OPERAND.findall(text) + LINE.findall(text)


def branch_target(_, text):
    """Where a conditional branch leads."""
    found = CONDITIONAL.match(text)
    return int(found[1], 16) if found else None


def plain_access(text):
    """(load or store, bytes) of a move between memory and one general register."""
    if not (found := PLAIN.match(text)):
        return None
    width = {"b": 1, "h": 2}.get(found[2]) or {"w": 4, "x": 8}[found[3]]
    return {"ld": "load", "st": "store"}[found[1]], width
