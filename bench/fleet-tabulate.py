#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes fleet.c from fleetbench's distributions: fleet-tabulate.py DIRECTORY > fleet.c"""
import math
import os
import sys

ROUTINES = ("Memcpy", "Memmove", "Memset", "Memcmp")
UNIT = 10_000_000
FREQUENT = 0.0005


def pairs(line):
    return [(int(k), float(p)) for k, p in (item.split(":") for item in line.strip().split(","))]


def bin_of(size):
    return math.floor(4 * math.log2(size))


def compact(sizes):
    """(size, probability) with the rare large ones gathered."""
    kept = [(s, p) for s, p in sizes if s <= 64 or p >= FREQUENT]
    bins = {}
    for s, p in sizes:
        if s > 64 and p < FREQUENT:
            bins.setdefault(bin_of(s), []).append((s, p))
    for members in bins.values():
        weight = sum(p for _, p in members)
        if weight > 0:
            kept.append((round(sum(s * p for s, p in members) / weight), weight))
    return sorted(kept)


def table(name, sizes):
    items = [f"{{{s}, {round(p * UNIT)}}}" for s, p in sizes if round(p * UNIT) > 0]
    print(f"static const struct bench_fleet_size {name}_sizes[] = {{")
    line = "\t"
    for item in items:
        if len(line) + len(item) > 88:
            print(line.rstrip())
            line = "\t"
        line += item + ", "
    print(line.rstrip() + "\n};\n")


def main():
    aligns = {}
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Written by fleet-tabulate.py; see fleet.h for the source of the figures. */")
    print('#include "fleet.h"\n\n/* clang-format off */')
    for routine in ROUTINES:
        with open(os.path.join(sys.argv[1], f"{routine}_Fleet.csv"), encoding="ascii") as file:
            sizes, _, align = (pairs(line) for line in file)
        table(routine.lower(), compact(sizes))
        aligns[routine] = [round(p * UNIT) for _, p in sorted(align)]
    print("const struct bench_fleet bench_fleets[] = {")
    for routine in ROUTINES:
        low = routine.lower()
        print(f'\t{{"{routine} fleet", BENCH_{routine.upper()}, {low}_sizes,')
        print(f"\t sizeof({low}_sizes) / sizeof({low}_sizes[0]),")
        print(f"\t {{{', '.join(map(str, aligns[routine]))}}}}},")
    print("};\nconst size_t bench_fleet_count = sizeof(bench_fleets) / sizeof(bench_fleets[0]);")


main()
