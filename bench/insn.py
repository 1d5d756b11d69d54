#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of haul's and the C library's memory functions.

The counts are exact and the same in every run: QEMU logs each instruction that
the guest program (insn.c) executes, and those between two of its insn_call are
the function's own, its return included.  scripts/bench-insn says what to count.
"""
import argparse
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

CLASSES = [(0, 0), (1, 3), (4, 7), (8, 15), (16, 31), (32, 63), (64, 127), (128, 255), (256, 511),
           (512, 1023), (1024, 2047), (2048, 4096)]
POWERS = (1, 2, 4, 8, 16, 32, 64)  # an offset's alignment, as in bench/fleet.h
SOURCES = ((1, 1, 2, 4), (8,), (16, 32, 64))  # the source's, in classes whose members take turns
LIMIT = 1.10  # above it a class wants a reason
BUFFER = 1 << 20  # of insn.c
LIBRARIES = 1 << 36  # shared objects lie above, insn.c's program below


# What the fleet does


def read_fleets(path):
    """{"memcpy": ({size: weight}, (weight of each of POWERS))} from fleet.c"""
    with open(path, encoding="utf-8") as file:
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


class Program:
    """The guest program, and how to run it."""

    def __init__(self, emulator, path):
        self.emulator = shlex.split(emulator)
        self.path = path
        self.ranges, self.variants = [f"{LIBRARIES:#x}..0x7fffffffffff"], []
        listing = subprocess.run(["nm", "-S", path], check=True, capture_output=True, text=True)
        for line in listing.stdout.splitlines():
            fields = line.split()
            if len(fields) == 4 and re.fullmatch(r"insn_call|_wordcopy\w+|__mem\w+", fields[3]):
                self.ranges.append(f"0x{fields[0]}+0x{fields[1]}")
                if fields[3].startswith("__mem"):
                    self.variants.append(fields[3])

    def run(self, library, symbol, points, tunables=""):
        """Returns the count of each point, and what the program says."""
        calls = b"".join(struct.pack("<III", n, dst, second) for n, _, _, dst, second in points)
        environment = {**os.environ, "HAUL_TUNABLES": tunables}
        with tempfile.NamedTemporaryFile() as log:
            command = [*self.emulator, "-one-insn-per-tb", "-d", "exec,nochain", "-dfilter",
                       ",".join(self.ranges), "-D", log.name, self.path, library, symbol]
            guest = subprocess.run(command, input=calls, stdout=subprocess.PIPE, env=environment,
                                   check=False)
            if guest.returncode == -signal.SIGILL and library == "-":
                return None, []  # a variant for other CPUs
            if guest.returncode != 0:
                sys.exit(f"insn.py: {shlex.join(command)}: status {guest.returncode}")
            counts = read_log(log)
        # What ran before the first call and after the last is start-up and exit.
        counts = counts[1:len(points) + 1]
        if len(counts) != len(points):
            sys.exit(f"insn.py: {symbol}: {len(points)} calls, {len(counts)} in QEMU's log")
        return counts, guest.stdout.decode().splitlines()


def read_log(log):
    """The length of each run of lines between two of insn_call."""
    counts, rest = [], b""
    while chunk := log.read(1 << 24):
        pieces = (rest + chunk).split(b" insn_call\n")
        rest = pieces.pop()
        for piece in pieces:
            lines = piece.count(b"\n")
            if lines:
                counts.append(lines)
            if b"Stopped" in piece:
                sys.exit("insn.py: QEMU interrupted the guest: run me again")
    return [*counts, rest.count(b"\n")]


# Sums


def mean(values, weights):
    return sum(v * w for v, w in zip(values, weights)) / sum(weights)


def geomean(ratios, weights):
    return math.exp(mean([math.log(r) for r in ratios], weights))


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

    def classes(self, name, other):
        ours, theirs, rows = self.by_size(name), self.by_size(other), []
        for low, high in CLASSES:
            sizes = [n for n in self.sizes if low <= n <= high and n in self.regular]
            a, b = (sum(x[n] for n in sizes) / len(sizes) for x in (ours, theirs))
            worst = max(self.cells(name, other, low, high).values())
            rows.append({"low": low, "high": high, "haul": a, "libc": b, "ratio": a / b,
                         "worst": worst})
        return rows

    def cells(self, name, other, low=0, high=4096):
        """{(dst's alignment, src's class): ratio of the sums over the sizes}"""
        sums = {}
        for (n, i, j, *_), a, b in zip(self.points, self.counts[name], self.counts[other]):
            if low <= n <= high and n in self.regular:
                cell = sums.setdefault((POWERS[i], SOURCES[j][-1]), [0, 0])
                cell[0] += a
                cell[1] += b
        return {key: a / b for key, (a, b) in sums.items()}

    def alignments(self, name, other):
        """[[dst, src, geometric mean over the fleet's sizes]]"""
        sums = {}
        for (n, i, j, *_), a, b in zip(self.points, self.counts[name], self.counts[other]):
            if n in self.fleet:
                ratios, weights = sums.setdefault((POWERS[i], SOURCES[j][-1]), ([], []))
                ratios.append(a / b)
                weights.append(self.fleet[n])
        return [[*key, geomean(*both)] for key, both in sums.items()]

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
            "sizes": {name: [[n, round(x, 3)] for n, x in self.by_size(name).items()]
                      for name in self.counts},
        }


# Telling


def class_text(low, high):
    return f"{low}" if low == high else f"{low}-{high}"


def print_routine(result):
    print(f"\n{result['routine']:<12}{'haul':>9}{'libc':>9}{'ratio':>8}{'worst':>8}")
    for row in result["classes"]:
        mark = f"  above {LIMIT:.2f}" if row["ratio"] > LIMIT else ""
        print(f"{class_text(row['low'], row['high']):<12}{row['haul']:>9.1f}{row['libc']:>9.1f}"
              f"{row['ratio']:>8.2f}{row['worst']:>8.2f}{mark}")
    mark = "  above 1.00" if result["fleet"] > 1 else ""
    print(f"{'fleet':<30}{result['fleet']:>8.3f}{mark}")
    for name, ratio in result["others"].items():
        print(f"{'fleet, to ' + name:<30}{ratio:>8.3f}")


def chosen_of(said, routine):
    chosen = [line.split()[2] for line in said if line.startswith(f"chosen {routine} ")]
    return chosen[0] if chosen else ""


def same_as(said):
    found = [line.split()[1] for line in said if line.startswith("same ")]
    return found[0] if found else ""


def count(arguments):
    fleets = read_fleets(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fleet.c"))
    program = Program(arguments.emulator, arguments.program)
    sizes = regular_sizes(arguments.dense)
    result = {"port": arguments.port, "cpu": arguments.cpu, "tunables": arguments.tunables,
              "haul": {}, "libc": {}, "routines": []}
    for routine in arguments.routine:
        table = Table(routine, fleets, sizes)
        base = table.base

        def run(name, library, symbol):
            counts, said = program.run(library, symbol, table.points, arguments.tunables)
            if counts:
                table.counts[name] = counts
            return said

        said = run("haul", arguments.library, f"haul_{base}")
        result["haul"][base] = chosen_of(said, base)
        forced = f"__{base}_{arguments.libc}"
        if forced in program.variants:
            run("libc", "-", forced)
            result["libc"][base] = forced
        else:
            result["libc"][base] = same_as(run("libc", "libc.so.6", base)) or base
        for variant in program.variants if arguments.all else []:
            if variant.startswith(f"__{base}_"):
                run(variant, "-", variant)
        result["routines"].append(table.result())
        if not arguments.quiet:
            if routine == arguments.routine[0]:
                print(f"\n{arguments.port}, {arguments.cpu}", end="")
            print(f"\n\nhaul {base} {result['haul'][base]}, libc {result['libc'][base]}", end="")
            print_routine(result["routines"][-1])
            sys.stdout.flush()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", required=True, help="QEMU and its options")
    parser.add_argument("--program", required=True, help="insn.c, compiled")
    parser.add_argument("--library", required=True, help="libhaul.so")
    parser.add_argument("--port", default="")
    parser.add_argument("--cpu", default="")
    parser.add_argument("--tunables", default="", help="HAUL_TUNABLES")
    parser.add_argument("--libc", default="", help="the C library's variant, not its own choice")
    parser.add_argument("--routine", action="append")
    parser.add_argument("--dense", action="store_true", help="every size up to 4096")
    parser.add_argument("--all", action="store_true", help="the C library's other variants too")
    parser.add_argument("--json", help="write the results there")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("command", choices=["count"])
    arguments = parser.parse_args()
    arguments.routine = arguments.routine or ["memcpy", "memset zero", "memset other", "memmove"]
    result = count(arguments)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(result, file)


if __name__ == "__main__":
    main()
