# SPDX-License-Identifier: MIT
"""What the tests of the house must know of x86_64.  Instructions are as objdump
writes them, AT&T syntax, with one blank after the mnemonic and none after commas."""
import re

# Arguments that objdump needs to know all instructions, if it is LLVM's.
LLVM_FLAGS = []

COMMENT = "#"

# What readelf says of an object that can run under control-flow enforcement,
# and what functions begin with then.
PROPERTY = "x86 feature:.*IBT, SHSTK"
LANDING_PAD = "endbr64"

# Flags of QEMU for a debugger.
QEMU_FOR_GDB = ""

# Bases of what is not the caller's: the stack, the library's own data; and how
# a register gets the address of such data.
OWN = {"rsp", "rip"}
FORMS_ADDRESS = re.compile(r"leaq? \S*\(%rip\),%(\w+)")
ADDS_TO_ADDRESS = re.compile(r"add \$\w+,%(\w+)")

HARMLESS = re.compile(r"(lea|nop|prefetch|data16|cs nop)")
# A memory operand: base and index in parentheses, or understood.
OPERAND = re.compile(r"\(%?(\w*)[^)]*\)")
UNDERSTOOD = {"clzero": "rax", "maskmovq": "rdi", "maskmovdqu": "rdi", "vmaskmovdqu": "rdi"}

ENDS_RUN = re.compile(r"(j|ret|call)")
CONDITIONAL = re.compile(r"j(?!mp)\w+ (?:0x)?([0-9a-f]+)")

LOAD = re.compile(r"mov(?:z([bw])[lq]|[lq]?) [^%,]*\([^)]*\),%(\w+)$")
STORE = re.compile(r"mov[bwlq]? %(\w+),[^%,]*\([^)]*\)$")
REGISTERS = (
    (1, re.compile(r"[a-d][lh]|[ds]il|[bs]pl|r\d+b")),
    (2, re.compile(r"[a-z]{2}|r\d+w")),
    (4, re.compile(r"e[a-z]{2}|r\d+d")),
    (8, re.compile(r"r[a-z]{2}|r\d+")),
)

# haul_barrier_*, but for landing pad and return; operations on cache lines, and what comes
# after them.
BARRIERS = {
    "publish": "",
    "consume": "",
    "full": "lock orl $0x0,(%rsp)",
    "doorbell": "sfence",
    "complete": "",
}
CACHE_LINE = re.compile(r"clwb|clflush")
CACHE_FENCE = "mfence"

# haul_arch_fence, as the disassembler has it.
FENCE = "lock orl $0x0,(%rsp)"


def bases(text):
    """The base register of every access to memory, '' for none."""
    mnemonic = text.split(" ")[0]
    if mnemonic in UNDERSTOOD:
        return [UNDERSTOOD[mnemonic]]
    return [] if HARMLESS.match(text) else OPERAND.findall(text)


def branch_target(_, text):
    """Where a conditional branch leads."""
    found = CONDITIONAL.match(text)
    return int(found[1], 16) if found else None


def register_bytes(name):
    return next((size for size, pattern in REGISTERS if pattern.fullmatch(name)), 0)


def plain_access(text):
    """(load or store, bytes) of a move between memory and one general register."""
    if found := LOAD.match(text):
        return "load", {"b": 1, "w": 2}.get(found[1]) or register_bytes(found[2])
    if found := STORE.match(text):
        return "store", register_bytes(found[1])
    return None
