#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of haul's and the C library's memory functions.

The counts are exact and the same in every run: QEMU logs each instruction that
the guest program (insn.c) executes, and those between two of its insn_call are
the function's own, its return included.  On boards the program (bare/insn.c)
reads a counter that QEMU keeps exact.  scripts/bench-insn says what to count.
"""
import argparse
import collections
import json
import math
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import time

CLASSES = [(0, 0), (1, 3), (4, 7), (8, 15), (16, 31), (32, 63), (64, 127), (128, 255), (256, 511),
           (512, 1023), (1024, 2047), (2048, 4096)]
POWERS = (1, 2, 4, 8, 16, 32, 64)  # an offset's alignment, as in bench/fleet.h
SOURCES = ((1, 1, 2, 4), (8,), (16, 32, 64))  # the source's: members of a class take turns
ROUTINES = ("memcpy", "memset zero", "memset other", "memmove")
SOURCE_TEXT = {0: "", 1: "src 1 to 4", 8: "src 8", 16: "src 16 to 64"}
USERS = {"memcpy": ("copy_from_user", "copy_to_user"), "memset": ("memset_user",), "memmove": ()}
LIMIT = 1.10  # above it a class wants a reason
BUFFER = 1 << 20  # of insn.c
# Calls with a loop: the offset of the source, or memset's value.
LOOPS = {"memcpy": BUFFER // 2, "memcpy (src odd)": BUFFER // 2 + 1, "memset zero": 0,
         "memset other": 0x5A, "memmove (upwards)": BUFFER // 4 - 63}
LIBRARIES = 1 << 36  # shared objects lie above, insn.c's program below


# What the fleet does


def read_fleets():
    """{"memcpy": ({size: weight}, (weight of each of POWERS))} from fleet.c"""
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "fleet.c"), encoding="utf-8") as file:
        text = file.read()
    sizes = {}
    for name, body in re.findall(r"(\w+)_sizes\[\] = \{(.*?)\n\};", text, re.S):
        table = sizes.setdefault(name, {})
        for size, weight in re.findall(r"\{(\d+), (\d+)\}", body):
            table[int(size)] = table.get(int(size), 0) + int(weight)
    aligns = {name: tuple(map(int, body.split(",")))
              for name, body in re.findall(r"\b(\w+)_sizes,.*?\{([\d, ]+)\}\}", text, re.S)}
    return {name: (sizes[name], aligns[name]) for name in sizes}


# What is called


def regular_sizes(dense):
    """Every size up to 256, then 8 an octave, whose low bits take turns."""
    if dense:
        return list(range(4097))
    sizes = list(range(257))
    for low in (256, 512, 1024, 2048):
        step = low // 8
        sizes += [low + i * step + i * 7 % step for i in range(8)]
    return sorted({*sizes, 4096})


def offset(power, turn):
    """An offset below 64 aligned to power and no more; odd ones differ by turn."""
    return 0 if power == 64 else power + 2 * power * (turn % (32 // power))


def call_points(routine, sizes):
    """[(size, index of dst's power, of src's class, dst, second)]"""
    points = []
    for n in sizes:
        for i, p in enumerate(POWERS):
            dst = offset(p, n)
            if routine.startswith("memset"):
                points.append((n, i, 0, dst, 0 if routine == "memset zero" else 0x5A))
                continue
            for j, source in enumerate(SOURCES):
                src = offset(source[(n + i) % len(source)], n * 3 + i)
                if routine == "memmove down":
                    base = 64 + max(n // 2, 1) // 64 * 64
                elif routine == "memmove up":
                    dst, base = dst % 64 + 64 + max(n // 2, 1) // 64 * 64, 0
                else:
                    base = BUFFER // 2
                points.append((n, i, j, dst, base + src))
    return points


# Counting


def packed(calls):
    """(n, dst, second) as the programs' struct call"""
    return b"".join(struct.pack("<III", *call) for call in calls)


class Program:
    """The guest program, and how to run it."""

    def __init__(self, emulator, path):
        self.emulator = shlex.split(emulator)
        self.root = self.emulator[self.emulator.index("-L") + 1]
        self.path = path
        self.ranges, self.variants = [f"{LIBRARIES:#x}..0x7fffffffffff"], []
        listing = subprocess.run(["nm", "-S", path], check=True, capture_output=True, text=True)
        for line in listing.stdout.splitlines():
            fields = line.split()
            if len(fields) == 4 and re.fullmatch(r"insn_call|_wordcopy\w+|__mem\w+", fields[3]):
                self.ranges.append(f"0x{fields[0]}+0x{fields[1]}")
                if fields[3].startswith("__mem"):
                    self.variants.append(fields[3])

    def run(self, function, calls, tunables, read):
        """Has the calls made; returns read(log), and what the program says.

        function is a library and a symbol in it, calls are (n, dst, second).
        (None, []) if it is one of the C library's variants for other CPUs.
        """
        environment = {**os.environ, "HAUL_TUNABLES": tunables}
        with tempfile.NamedTemporaryFile() as log:
            command = [*self.emulator, "-one-insn-per-tb", "-d", "exec,nochain", "-dfilter",
                       ",".join(self.ranges), "-D", log.name, self.path, *function]
            guest = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False,
                                   input=packed(calls))
            if guest.returncode == -signal.SIGILL and function[0] == "-":
                return None, []
            if guest.returncode != 0:
                sys.exit(f"insn.py: {shlex.join(command)}: status {guest.returncode}")
            return read(log), guest.stdout.decode().splitlines()

    def count(self, function, calls, tunables):
        """The instructions of each call, and what the program says."""
        runs, said = self.run(function, calls, tunables,
                              lambda log: [run.count(b"\n") for run in runs_of(log)])
        if runs is None:
            return None, said
        # What ran before the first call and after the last is start-up and exit.
        if len(runs) not in (len(calls) + 1, len(calls) + 2):
            sys.exit(f"insn.py: {function}: {len(calls)} calls, {len(runs)} runs in QEMU's log")
        return runs[1:len(calls) + 1], said

    def trace(self, function, call, tunables):
        """The addresses that one call executes, and what the program says."""
        runs, said = self.run(function, [call], tunables, lambda log: list(runs_of(log)))
        return [int(pc, 16) for pc in re.findall(rb"/([0-9a-f]{16})/", runs[1])], said

    def libc(self, routine, variant):
        """Where the C library's routine is: that variant, or its own choice."""
        forced = f"__{routine}_{variant}"
        return ("-", forced) if forced in self.variants else ("libc.so.6", routine)


class Board:
    """The program without a system, and how to run it."""

    def __init__(self, command, image):
        self.command, self.image = [*shlex.split(command), "-icount"], image

    def count(self, function, calls, tunables):
        """The instructions of each call, and what the program says."""
        environment = {**os.environ, "HAUL_TUNABLES": tunables}
        with tempfile.NamedTemporaryFile() as file:
            file.write(packed(calls))
            file.flush()
            command = [*self.command, "-file", f"calls={file.name}", self.image,
                       f"function={function}"]
            run = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
        said = run.stdout.decode().splitlines()
        counts = [int(line) for line in said if line.isdecimal()]
        if run.returncode != 0 or len(counts) != len(calls):
            sys.exit(f"insn.py: {shlex.join(command)}: status {run.returncode}, "
                     f"{len(calls)} calls, {len(counts)} counts")
        return counts, said


def runs_of(log):
    """The runs of whole lines between two of insn_call."""
    rest = b""
    while chunk := log.read(1 << 24):
        pieces = (rest + chunk).split(b" insn_call\n")
        rest = pieces.pop()
        for piece in pieces:
            if b"Stopped" in piece:
                sys.exit("insn.py: QEMU interrupted the guest: run me again")
            # The last line is the start of insn_call's.
            if lines := piece[:piece.rfind(b"\n") + 1]:
                yield lines
    if b"\n" in rest:
        yield rest


def chosen_of(said, routine):
    """haul's variant that ran"""
    return next((line.split()[2] for line in said if line.startswith(f"chosen {routine} ")), "")


def tunables_for(variant):
    """The tunables for it: what lies apart memmove hands to memcpy."""
    return ",".join(f"{routine}={variant}" for routine in ("memcpy", "memmove", "memset"))


def others_of(said, routine):
    """haul's variants that could have run"""
    return [line.split()[2] for line in said if line.startswith(f"usable {routine} ")]


def name_of(function, said):
    """the C library's variant that ran, as far as it is known"""
    return next((line.split()[1] for line in said if line.startswith("same ")), function[1])


# Sums


def geomean(ratios, weights):
    return math.exp(sum(w * math.log(r) for r, w in zip(ratios, weights)) / sum(weights))


class Table:
    """Counts of one routine, by contestant, at the same points."""

    def __init__(self, routine, fleets, sizes):
        self.routine = routine
        self.base = routine.split()[0]
        self.fleet, aligns = fleets[self.base]
        self.regular = set(sizes)
        self.sizes = sorted(self.regular | {n for n in self.fleet if n <= 4096})
        self.points = call_points(routine, self.sizes)
        source = [1] if self.base == "memset" else [sum(aligns[:3]), aligns[3], sum(aligns[4:])]
        self.weights = [aligns[i] * source[j] for _, i, j, *_ in self.points]
        self.counts = {}

    def by_size(self, name):
        """{size: mean over the alignments, as the fleet has them}"""
        sums = {n: [0, 0] for n in self.sizes}
        for (n, *_), weight, count in zip(self.points, self.weights, self.counts[name]):
            sums[n][0] += weight * count
            sums[n][1] += weight
        return {n: total / weight for n, (total, weight) in sums.items()}

    def fleet_ratio(self, name, other):
        ours, theirs = self.by_size(name), self.by_size(other)
        sizes = [n for n in self.sizes if n in self.fleet]
        return geomean([ours[n] / theirs[n] for n in sizes], [self.fleet[n] for n in sizes])

    def fleet_mean(self, name):
        counts = self.by_size(name)
        sizes = [n for n in self.sizes if n in self.fleet]
        return sum(self.fleet[n] * counts[n] for n in sizes) / sum(self.fleet[n] for n in sizes)

    def class_means(self, name):
        counts = self.by_size(name)
        for low, high in CLASSES:
            sizes = [n for n in self.sizes if low <= n <= high and n in self.regular]
            yield sum(counts[n] for n in sizes) / len(sizes)

    def classes(self, name, other):
        rows = []
        for (low, high), a, b in zip(CLASSES, self.class_means(name), self.class_means(other)):
            worst = max(self.cells(name, other, low, high).values())
            rows.append({"low": low, "high": high, "haul": a, "libc": b, "ratio": a / b,
                         "worst": worst})
        return rows

    def cells(self, name, other, low=0, high=4096):
        """{(dst's alignment, src's class): ratio of the sums over the sizes}"""
        sums = {}
        for (n, i, j, *_), a, b in zip(self.points, self.counts[name], self.counts[other]):
            if low <= n <= high and n in self.regular:
                cell = sums.setdefault((POWERS[i], SOURCES[j][0]), [0, 0])
                cell[0] += a
                cell[1] += b
        return {key: a / b for key, (a, b) in sums.items()}

    def alignments(self, name, other):
        """[[dst, src, geometric mean over the fleet's sizes]]"""
        sums = {}
        for (n, i, j, *_), a, b in zip(self.points, self.counts[name], self.counts[other]):
            if n in self.fleet:
                ratios, weights = sums.setdefault((POWERS[i], SOURCES[j][0]), ([], []))
                ratios.append(a / b)
                weights.append(self.fleet[n])
        return [[dst, 0 if self.base == "memset" else src, geomean(*both)]
                for (dst, src), both in sums.items()]

    def alignment_means(self, name):
        """[[dst, src, mean over the fleet's calls]]"""
        sums = {}
        for (n, i, j, *_), count in zip(self.points, self.counts[name]):
            if n in self.fleet:
                cell = sums.setdefault((POWERS[i], SOURCES[j][0]), [0, 0])
                cell[0] += self.fleet[n] * count
                cell[1] += self.fleet[n]
        return [[dst, 0 if self.base == "memset" else src, total / weight]
                for (dst, src), (total, weight) in sums.items()]

    def size_means(self):
        return {name: [[n, round(x, 3)] for n, x in self.by_size(name).items()]
                for name in self.counts}

    def result(self):
        others = [name for name in self.counts if name not in ("haul", "libc")]
        return {
            "routine": self.routine,
            "fleet": self.fleet_ratio("haul", "libc"),
            "fleet_covered": sum(w for n, w in self.fleet.items() if n <= 4096) /
                             sum(self.fleet.values()),
            "classes": self.classes("haul", "libc"),
            "alignments": self.alignments("haul", "libc"),
            "others": {name: self.fleet_ratio("haul", name) for name in others},
            "sizes": self.size_means(),
        }


# Telling


def class_text(low, high):
    return f"{low}" if low == high else f"{low}-{high}"


def print_alignments(cells):
    print("fleet by alignment, dst " + "".join(f"{power:>7}" for power in POWERS))
    for source in dict.fromkeys(src for _, src, _ in cells):
        print(f"{SOURCE_TEXT[source]:>23} " + "".join(
            f"{value:>7.2f}" for _, src, value in cells if src == source))


def print_routine(result, haul, libc):
    print(f"\n{result['routine']}: haul's {haul}, the C library's {libc}")
    print(f"{'bytes':<12}{'haul':>9}{'libc':>9}{'ratio':>8}{'worst':>8}")
    for row in result["classes"]:
        mark = f"  above {LIMIT:.2f}" if round(row["ratio"], 2) > LIMIT else ""
        print(f"{class_text(row['low'], row['high']):<12}{row['haul']:>9.1f}{row['libc']:>9.1f}"
              f"{row['ratio']:>8.2f}{row['worst']:>8.2f}{mark}")
    print(f"{'fleet':<30}{result['fleet']:>8.3f}" + "  above 1.00" * (round(result["fleet"], 3) > 1))
    print_alignments(result["alignments"])
    for name, ratio in result["others"].items():
        print(f"{'fleet, to ' + name:<30}{ratio:>8.3f}")
    sys.stdout.flush()


def count(arguments):
    fleets = read_fleets()
    program = Program(arguments.emulator, arguments.program)
    sizes = regular_sizes(arguments.dense)
    result = {"port": arguments.port, "cpu": arguments.cpu, "tunables": arguments.tunables,
              "routines": []}
    print(f"\n{arguments.port}, {arguments.cpu}")
    for routine in arguments.routine or ROUTINES:
        table = Table(routine, fleets, sizes)
        calls = [(n, dst, second) for n, _, _, dst, second in table.points]

        def run(name, *function):
            counts, said = program.count(function, calls, arguments.tunables)
            if counts:
                table.counts[name] = counts
            return said

        haul = chosen_of(run("haul", arguments.library, f"haul_{table.base}"), table.base)
        function = program.libc(table.base, arguments.libc)
        libc = name_of(function, run("libc", *function))
        for variant in program.variants if arguments.all else []:
            if variant.startswith(f"__{table.base}_"):
                run(variant, "-", variant)
        result["routines"].append({"haul": haul, "libc": libc, **table.result()})
        print_routine(result["routines"][-1], haul, libc)
    return {"cpus": [result]}


# Boards


def board_result(table, variants):
    """A column for each contestant, and in how many calls the first two differ."""
    ours, theirs = table.counts["board"], table.counts["Linux"]
    return {"routine": table.routine, "variants": variants, "calls": len(ours),
            "differ": sum(a != b for a, b in zip(ours, theirs)),
            "classes": [{"low": low, "high": high, "means": dict(zip(table.counts, means))}
                        for (low, high), *means in zip(CLASSES, *map(table.class_means, table.counts))],
            "fleet": {name: table.fleet_mean(name) for name in table.counts},
            "alignments": table.alignment_means("board"), "sizes": table.size_means()}


def print_board_routine(result):
    names = list(result["fleet"])
    print(f"\n{result['routine']}\n{'bytes':<12}" + "".join(f"{name:>15}" for name in names))
    print(f"{'':<12}" + "".join(f"{result['variants'].get(name, ''):>15}" for name in names).rstrip())
    for row in result["classes"]:
        print(f"{class_text(row['low'], row['high']):<12}" +
              "".join(f"{mean:>15.1f}" for mean in row["means"].values()))
    print(f"{'fleet':<12}" + "".join(f"{mean:>15.2f}" for mean in result["fleet"].values()))
    print_alignments(result["alignments"])
    print(f"board and Linux differ in {result['differ']} of {result['calls']} calls")
    sys.stdout.flush()


def boards(arguments):
    program = Program(arguments.emulator, arguments.program)
    board = Board(arguments.board_command, arguments.image)
    result = {"port": arguments.port, "cpu": arguments.cpu, "board": arguments.board,
              "tunables": arguments.tunables, "routines": []}
    print(f"\n{arguments.port}, {arguments.cpu}, board {arguments.board}")
    for routine in arguments.routine or ROUTINES:
        table = Table(routine, read_fleets(), regular_sizes(arguments.dense))
        calls = [(n, dst, second) for n, _, _, dst, second in table.points]
        function = f"haul_{table.base}"

        def run(name, function, tunables=arguments.tunables):
            table.counts[name], said = board.count(function, calls, tunables)
            return said

        here = run("board", function)
        table.counts["Linux"], there = program.count((arguments.library, function), calls,
                                                     arguments.tunables)
        for name in USERS[table.base]:
            run(name, f"haul_{name}")
        for variant in others_of(here, table.base) if arguments.all else []:
            run(variant, function, tunables_for(variant))
        variants = {"board": chosen_of(here, table.base), "Linux": chosen_of(there, table.base)}
        result["routines"].append(board_result(table, variants))
        print_board_routine(result["routines"][-1])
    return {"boards": [result]}


# Loops


def find_loop(addresses):
    """The addresses of one turn of the innermost loop, and its turns."""
    often = collections.Counter(addresses)
    address, turns = max(often.items(), key=lambda item: item[1])
    if turns < 4:
        return [], 0
    places = [i for i, pc in enumerate(addresses) if pc == address]
    segments = collections.Counter(tuple(addresses[a:b]) for a, b in zip(places, places[1:]))
    turn = segments.most_common(1)[0][0]
    head = turn.index(min(turn))
    return [*turn[head:], *turn[:head]], turns


def disassemble(arguments, root, said, addresses):
    """{address: text} of those that lie in the function's own file"""
    fields = next(line.split() for line in said if line.startswith("function "))
    # Shared objects begin at 0; the program stands where it was linked.
    base = int(fields[2], 16) if int(fields[1], 16) >= LIBRARIES else 0
    path = root + fields[3] if os.path.exists(root + fields[3]) else fields[3]
    ours = [pc for pc in addresses if abs(pc - int(fields[1], 16)) < 1 << 24]
    listing = subprocess.run(
        [arguments.objdump, "-d", "--no-show-raw-insn", f"--start-address={min(ours) - base}",
         f"--stop-address={max(ours) - base + 16}", path],
        check=True, capture_output=True, text=True).stdout
    comment = r"\s*//.*" if arguments.port == "aarch64" else r"\s*#.*"
    texts = {}
    for match in re.finditer(r"^\s*([0-9a-f]+):\s+(.*)$", listing, re.M):
        # A branch goes to a place that only the whole program has.
        text = re.sub(r"-?(0x)?[0-9a-f]+\s+<[^>]*>$", "loop", re.sub(comment, "", match[2]))
        texts[int(match[1], 16) + base] = text
    return texts


def throughput(port, core, text):
    """Cycles of one turn, in llvm-mca's simulation and by its resources alone, or why not."""
    mca = subprocess.run(["llvm-mca-19", f"-mtriple={port}-linux-gnu", f"-mcpu={core}",
                          "-iterations=1000", "-json"], input="\n".join(text) + "\n",
                         capture_output=True, text=True, check=False)
    if mca.returncode != 0:
        untimed = re.search(r"note: instruction:\s+(\S+)", mca.stderr)
        if "unable to find instruction-level scheduling information" in mca.stderr:
            return {"why": "LLVM 19 has no model of this core"}
        if untimed:
            return {"why": f"LLVM 19 does not time {untimed[1]}"}
        return {"why": mca.stderr.strip().splitlines()[0]}
    summary = json.loads(mca.stdout)["CodeRegions"][0]["SummaryView"]
    return {"cycles": summary["TotalCycles"] / summary["Iterations"],
            "least_cycles": summary["BlockRThroughput"]}


def measure_loop(program, arguments, function, second):
    """The bulk loop of a call of 4096 bytes to an aligned destination."""
    shorter, said = program.trace(function, (4096, BUFFER // 4, second), arguments.tunables)
    longer, _ = program.trace(function, (8192, BUFFER // 4, second), arguments.tunables)
    turn, turns = find_loop(shorter)
    if not turn:  # one instruction does it all
        return {"said": said, "instructions": 0, "text": [], "why": "no loop"}
    texts = disassemble(arguments, program.root, said, shorter)
    text = [texts[pc] for pc in turn]
    # Where the length of vectors is set before the loop, llvm-mca must be told.
    sets = [texts[pc] for pc in shorter if texts.get(pc, "").startswith("vset")]
    if sets and not any(line.startswith("vset") for line in text):
        for what, setting in (("SEW", r"\be\d+"), ("LMUL", r"\bmf?\d")):
            text.insert(0, f"# LLVM-MCA-RISCV-{what} {re.search(setting, sets[-1])[0].upper()}")
    return {"said": said, "bytes": 4096 / (find_loop(longer)[1] - turns), "text": text,
            "instructions": len(turn), **throughput(arguments.port, arguments.cpu, text)}


def print_loop(row):
    start = f"{row['routine']:<22}{row['whose'] + ' ' + row['variant']:<28}"
    if not row["instructions"]:
        print(f"{start}no loop")
        return
    start += f"{row['bytes']:>6.0f}{row['instructions']:>14}"
    if "cycles" in row:
        print(f"{start}{row['least_cycles']:>8.1f}{row['cycles']:>8.1f}{row['bytes'] / row['cycles']:>13.1f}")
    else:
        print(f"{start}  {row['why']}")


def loops(arguments):
    program = Program(arguments.emulator, arguments.program)
    rows = []
    print(f"\n{arguments.port}, bulk loops on {arguments.cpu}, as llvm-mca 19 times them\n"
          f"{'':<50}{'bytes':>6}{'instructions':>14}{'least':>8}{'cycles':>8}{'bytes/cycle':>13}")
    for routine, second in LOOPS.items():
        base = routine.split()[0]
        if arguments.routine and base not in (name.split()[0] for name in arguments.routine):
            continue
        for whose in ("haul", "libc"):
            function = (arguments.library, f"haul_{base}")
            if whose == "libc":
                function = program.libc(base, arguments.libc)
            row = measure_loop(program, arguments, function, second)
            said = row.pop("said")
            variant = chosen_of(said, base) if whose == "haul" else name_of(function, said)
            rows.append({"port": arguments.port, "core": arguments.cpu, "routine": routine,
                         "whose": whose, "variant": variant, **row})
            print_loop(rows[-1])
    return {"loops": rows}


# Together


def join(arguments):
    """One file of several, with what is true of all of them."""
    result = {"haul_insn": 1, "version": arguments.version,
              "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
              "emulator": arguments.emulator, "cpus": [], "loops": [], "boards": []}
    for path in arguments.results:
        with open(path, encoding="utf-8") as file:
            part = json.load(file)
        for key in ("cpus", "loops", "boards"):
            result[key] += part.get(key, [])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True, help="where the results go")
    commands = parser.add_subparsers(required=True)
    for name, function in (("count", count), ("loops", loops), ("boards", boards)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("--emulator", required=True, help="QEMU and its options")
        command.add_argument("--program", required=True, help="insn.c, compiled")
        command.add_argument("--library", required=True, help="libhaul.so")
        command.add_argument("--port", required=True)
        command.add_argument("--cpu", required=True, help="its name, for llvm-mca in loops")
        command.add_argument("--objdump", required=True)
        command.add_argument("--tunables", default="", help="HAUL_TUNABLES")
        command.add_argument("--libc", default="", help="the C library's variant, if not its own choice")
        command.add_argument("--routine", action="append")
        command.add_argument("--dense", action="store_true", help="every size up to 4096")
        command.add_argument("--all", action="store_true",
                             help="the C library's other variants too; on boards haul's, by name")
    command.add_argument("--board", required=True, help="its name")
    command.add_argument("--board-command", required=True, help="boards/run and its options")
    command.add_argument("--image", required=True, help="bare/insn.c, linked")
    command = commands.add_parser("join")
    command.set_defaults(function=join)
    command.add_argument("--version", required=True, help="of haul")
    command.add_argument("--emulator", required=True, help="QEMU's version")
    command.add_argument("results", nargs="+")
    arguments = parser.parse_args()
    result = arguments.function(arguments)
    with open(arguments.json, "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
