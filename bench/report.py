#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a page with plots: haul-bench-report JSON... HTML

JSON is from haul-bench or from scripts/bench-insn; at most one of each.

The page needs nothing but itself.  Its plots take their ink from the page, so
that they can be read on light and on dark ground.
"""
import html
import io
import json
import math
import re
import sys
from collections import defaultdict

try:
    import matplotlib
except ImportError:
    sys.exit("haul-bench-report: python3-matplotlib is not installed")
matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

INK = "#010203"  # stands for the page's text colour
FAINT = "#040506"  # the same, for grid lines
COLOURS = {
    "haul": "#e8590c",
    "libc": "#1c7ed6",
    "rep_movsb": "#868e96",
    "rep_stosb": "#868e96",
    "vector": "#2f9e44",
    "signal": "#1c7ed6",
    "sigsetjmp": "#ae3ec9",
    "sigsetjmp_mask": "#d6336c",
    "process_vm_readv": "#c99a06",
    "pipe": "#0c8599",
    "haul_memcpy": "#1c7ed6",
    "haul_copyv": "#1c7ed6",
    "volatile": "#1c7ed6",
}
MOST_NS = 3  # what a transfer may take more than haul_memcpy
VARIANTS = ("#ff8787", "#ffa94d", "#c0a16b", "#f783ac", "#b197fc", "#a9a29c")
TITLES = {"libc": "C library", "rep_movsb": "rep movsb", "rep_stosb": "rep stosb",
          "vector": "vector loop", "signal": "bare signal", "sigsetjmp_mask": "sigsetjmp, mask saved"}

plt.rcParams.update({
    "svg.fonttype": "none", "font.size": 10.5, "axes.titlesize": 12, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.edgecolor": INK, "axes.labelcolor": INK,
    "axes.titlecolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": FAINT, "grid.linewidth": 0.6, "legend.frameon": False,
    "figure.constrained_layout.use": True, "axes.axisbelow": True,
})


def geomean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def size_text(size, _=None):
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.4g} {unit}"
    return f"{size:.4g} B"


def time_text(ns, _=None):
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}"
    return f"{ns:.3g} ns"


class Style:
    """A colour for each contestant, one of the spare ones for haul's variants."""

    def __init__(self, points):
        self.kinds = {}
        for point in points:
            for result in point["results"]:
                self.kinds.setdefault(result["name"], result["kind"])
        spare = iter(VARIANTS * 9)
        self.colours = {n: COLOURS.get(n) or next(spare) for n in self.kinds}

    def line(self, name):
        variant = self.kinds[name] == "variant"
        return {"color": self.colours[name], "label": title_of(name, variant),
                "linewidth": 2.6 if name == "haul" else 1.0 if variant else 1.6,
                "linestyle": ":" if variant else "-", "zorder": 5 if name == "haul" else 3}


def title_of(name, variant=False):
    if variant:
        return f"haul: {name}"
    return TITLES.get(name, name)


def by_size(points):
    """{name: {size: [result, ...]}}"""
    table = defaultdict(lambda: defaultdict(list))
    for point in points:
        for result in point["results"]:
            table[result["name"]][point["size"]].append(result)
    return table


def size_axis(axis, sizes):
    axis.set_xscale("log", base=2)
    axis.set_xlabel("bytes per call")
    axis.xaxis.set_major_locator(LogLocator(base=4 if max(sizes) / min(sizes) < 5e4 else 16,
                                            numticks=20))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(size_text))
    axis.set_xlim(edges(sizes)[0], edges(sizes)[-1])


def cache_marks(axis, machine, sizes):
    """Where source and destination together outgrow a cache."""
    for level in ("l1d", "l2", "l3"):
        half = machine[level] / 2
        if min(sizes) < half < max(sizes):
            axis.axvline(half, color=FAINT, linewidth=1.2, linestyle=(0, (2, 3)))
            axis.text(half, 1.0, f" {level.upper()[:2]} full", fontsize=8.5, va="bottom", ha="center",
                      transform=axis.get_xaxis_transform())


def throughput(points, style, machine, title):
    figure, axis = plt.subplots(figsize=(9.6, 5.0))
    table = by_size(p for p in points if p["size"] > 0)
    for name, sizes in table.items():
        xs = sorted(sizes)
        ys = [x / geomean(r["median_ns"] for r in sizes[x]) for x in xs]
        axis.plot(xs, ys, **style.line(name))
        if name in ("haul", "libc"):
            low = [x / max(r["median_ns"] for r in sizes[x]) for x in xs]
            high = [x / min(r["median_ns"] for r in sizes[x]) for x in xs]
            axis.fill_between(xs, low, high, color=style.colours[name], alpha=0.14, linewidth=0)
    sizes = sorted(table["haul"])
    size_axis(axis, sizes)
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_ylabel("GB/s")
    axis.set_title(title, pad=18)
    if machine:
        cache_marks(axis, machine, sizes)
    axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def small(points, style, title, limit=64):
    figure, axis = plt.subplots(figsize=(9.6, 3.8))
    table = by_size(p for p in points if p["size"] <= limit)
    top = 0
    for name, sizes in table.items():
        if style.kinds[name] == "safe":
            continue
        xs = sorted(sizes)
        ys = [geomean(r["median_ns"] for r in sizes[x]) for x in xs]
        axis.plot(xs, ys, **style.line(name))
        if style.kinds[name] == "haul" or name == "libc":
            top = max(top, *ys)
    axis.set_ylim(0, top * 2)
    axis.set_xlim(0, max(table["haul"]))
    axis.set_xlabel("bytes per call")
    axis.set_ylabel("ns per call")
    axis.set_title(title)
    axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def edges(sizes):
    """Bounds of cells that meet halfway, on a logarithmic scale."""
    logs = [math.log2(s) for s in sizes]
    inner = [(a + b) / 2 for a, b in zip(logs, logs[1:])]
    return [2**x for x in [2 * logs[0] - inner[0], *inner, 2 * logs[-1] - inner[-1]]]


def heatmap(points, machine, title):
    cells = defaultdict(list)
    for point in points:
        if point["ratio"] is not None and point["size"] > 0:
            cells[point["size"], point["d"]].append(point["ratio"])
    sizes = sorted({s for s, _ in cells})
    ds = sorted({d for _, d in cells})
    grid = [[geomean(cells[s, d]) if (s, d) in cells else math.nan for s in sizes] for d in ds]
    colours = LinearSegmentedColormap.from_list(
        "ratio", ["#0b5fa5", "#5ba3d9", "#e9ecef", "#f08a5d", "#b02a1a"])
    figure, axis = plt.subplots(figsize=(9.6, 1.3 + 0.34 * len(ds)))
    mesh = axis.pcolormesh(edges(sizes), range(len(ds) + 1), grid, cmap=colours,
                           norm=TwoSlopeNorm(1, 0.5, 1.25), edgecolors="face",
                           linewidth=0.4)
    axis.grid(False)
    size_axis(axis, sizes)
    axis.set_yticks([i + 0.5 for i in range(len(ds))], [str(d) for d in ds])
    axis.tick_params(axis="y", length=0)
    axis.set_ylabel("D, bytes")
    axis.set_title(title, pad=18)
    cache_marks(axis, machine, sizes)
    bar = figure.colorbar(mesh, ax=axis, pad=0.015, ticks=[0.5, 0.75, 1, 1.1, 1.25], extend="both")
    bar.ax.set_yticklabels(["0.5", "0.75", "1", "1.1", "1.25"])
    bar.set_label("haul / best, time")
    bar.outline.set_visible(False)
    return figure


def bars(groups, style, ylabel, title, log=False):
    """groups: [(label, [(name, value, low, high), ...]), ...]"""
    names = list(dict.fromkeys(n for _, items in groups for n, *_ in items))
    figure, axis = plt.subplots(figsize=(9.6, 4.0))
    width = 0.84 / len(names)
    for i, name in enumerate(names):
        xs, ys, low, high = [], [], [], []
        for g, (_, items) in enumerate(groups):
            for item, value, q1, q3 in items:
                if item == name:
                    xs.append(g + (i - (len(names) - 1) / 2) * width)
                    ys.append(value)
                    low.append(value - q1)
                    high.append(q3 - value)
        axis.bar(xs, ys, width * 0.92, color=style.colours[name],
                 label=title_of(name, style.kinds[name] == "variant"))
        axis.errorbar(xs, ys, [low, high], fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        for x, y, h in zip(xs, ys, high):
            axis.annotate(time_text(y).rsplit(" ", 1)[0] if not log else time_text(y), (x, y + h),
                          xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
                          fontsize=8, rotation=90 if len(names) > 5 or log else 0)
    axis.set_xticks(range(len(groups)), [label for label, _ in groups])
    axis.grid(axis="x", visible=False)
    axis.set_ylabel(ylabel)
    if log:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(FuncFormatter(time_text))
        axis.set_ylim(top=axis.get_ylim()[1] * 4)
    axis.margins(y=0.12)
    axis.set_title(title)
    axis.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def bar_items(point):
    return [(r["name"], r["median_ns"], r["q1_ns"], r["q3_ns"]) for r in point["results"]]


def svg(figure, name):
    plt.rcParams["svg.hashsalt"] = name
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg"):]
    text = re.sub(r'(<svg [^>]*?)width="[^"]*" ', r"\1", text, count=1)
    text = re.sub(r'(<svg [^>]*?)height="[^"]*" ', r"\1", text, count=1)
    text = text.replace(FAINT, "var(--faint)").replace(INK, "currentColor")
    return f'<figure role="img" aria-label="{html.escape(name)}">{text}</figure>'


def select(points, part, routine=None, overlap=False):
    return [p for p in points if p["part"] == part and routine in (None, p["routine"])
            and p["overlap"] == overlap]


def place(point):
    if point["part"] in ("cursor", "device", "virtqueue"):
        return f"{size_text(point['size'])} {point['what']}"
    if "what" in point:
        return f"{point['what']}, {point['heat']}"
    if point["part"] == "sweep":
        return f"{size_text(point['size'])}, D = {point['d']}, alignment {point['align']}"
    return f"{size_text(point['size'])}, {point['heat']}"


def median_of(point, name):
    return next((r["median_ns"] for r in point["results"] if r["name"] == name), None)


def result_of(point, name):
    return next(r for r in point["results"] if r["name"] == name)


def clearly_over(point, limit=1.03):
    return result_of(point, "haul")["q1_ns"] > limit * result_of(point, point["best"])["q3_ns"]


def clearly_adds(point):
    return result_of(point, "haul")["q1_ns"] - result_of(point, point["base"])["q3_ns"] > MOST_NS


def summary(points):
    rows = []
    groups = defaultdict(list)
    for point in points:
        if point["ratio"] is not None and "base" not in point:
            groups[point["part"], point["routine"], point["overlap"]].append(point)
    for (part, routine, overlap), members in groups.items():
        ratios = [p["ratio"] for p in members]
        libc = [median_of(p, "haul") / median_of(p, "libc") for p in members
                if median_of(p, "libc")]
        worst = max(members, key=lambda p: p["ratio"])
        label = f"{routine}, {part}{', overlapping' if overlap else ''}" if routine != part else part
        rows.append([label, len(members), f"{geomean(ratios):.3f}",
                     f"{geomean(libc):.3f}" if libc else "–",
                     sum(r > 1.03 for r in ratios), sum(r > 1.05 for r in ratios),
                     sum(map(clearly_over, members)),
                     f"{worst['ratio']:.2f}: {place(worst)} (to {title_of(worst['best'])})"])
    return table_html(["", "points", "to the best", "to the C library", "> 1.03", "> 1.05",
                       "clearly > 1.03", "worst"], rows)


def differences(points):
    rows = []
    groups = defaultdict(list)
    for point in points:
        if point.get("difference_ns") is not None:
            groups[point["part"], point["routine"]].append(point)
    for (part, routine), members in groups.items():
        added = sorted(p["difference_ns"] for p in members)
        worst = max(members, key=lambda p: p["difference_ns"])
        rows.append([f"{routine}, {part}", title_of(members[0]["base"]), len(members),
                     f"{added[len(added) // 2]:.2f} ns", sum(d > MOST_NS for d in added),
                     sum(map(clearly_adds, members)),
                     f"{worst['difference_ns']:.2f} ns: {place(worst)}"])
    if not rows:
        return ""
    over = f"> {MOST_NS} ns"
    return ("<p>What cursors add to the operation that they are made of:</p>" +
            table_html(["", "to", "points", "median", over, f"clearly {over}", "worst"], rows))


def added_section(points):
    """A point for each size, distance and alignment: what transfers add."""
    members = [p for p in select(points, "sweep", "transfer")
               if p["size"] > 0 and p.get("difference_ns") is not None]
    sizes = sorted({p["size"] for p in members})
    if len(sizes) < 2:
        return ""
    figure, axis = plt.subplots(figsize=(9.6, 3.8))
    axis.plot([p["size"] for p in members], [p["difference_ns"] for p in members], ".",
              color=COLOURS["haul"], alpha=0.35, markersize=4)
    axis.axhline(MOST_NS, color=INK, linewidth=1)
    size_axis(axis, sizes)
    axis.set_yscale("symlog", linthresh=10)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axis.set_ylabel("ns per call")
    axis.set_title("transfer: haul_cursor_transfer less haul_memcpy")
    return (svg(figure, "transfer, difference") +
            f"<p>The line is the aim, {MOST_NS} ns. Where a call takes microseconds the noise of "
            "both sides is larger than that.</p>")


def words_table(members):
    """A row for each point of a routine."""
    rows = [[size_text(p["size"]), p["what"], *(time_text(r["median_ns"]) for r in p["results"]),
             f"{p['difference_ns']:.2f} ns" if "base" in p else f"{p['ratio']:.2f}"]
            for p in members if p["ratio"] is not None]
    names = [title_of(r["name"], r["kind"] == "variant") for r in members[0]["results"]]
    last = "difference" if "base" in members[0] else "ratio"
    return table_html(["bytes", "how", *names, last], rows)


def words_section(points, part, title):
    members = select(points, part)
    parts = [f"<h3>{routine}</h3>" + words_table(select(members, part, routine))
             for routine in dict.fromkeys(p["routine"] for p in members)]
    return f"<h2>{title}</h2>" + "\n".join(parts) if parts else ""


def worst_points(points, count=25):
    rated = sorted((p for p in points if p["ratio"] is not None and "base" not in p),
                   key=lambda p: -p["ratio"])
    rows = [[p["routine"], place(p), time_text(median_of(p, "haul")),
             time_text(median_of(p, p["best"])), title_of(p["best"]), f"{p['ratio']:.3f}"]
            for p in rated[:count]]
    return table_html(["routine", "point", "haul", "best", "which", "ratio"], rows)


def table_html(head, rows):
    cells = "".join(f"<th>{html.escape(str(c))}</th>" for c in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(c))}</td>" for c in row) + "</tr>"
                   for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(data):
    m, method = data["machine"], data["method"]
    missing = ", ".join(f"{k} ({v})" for k, v in m["events_missing"].items())
    rows = [
        ["CPU", f"{m['cpu']}, core {m['core']}"],
        ["caches", f"L1d {size_text(m['l1d'])}, L2 {size_text(m['l2'])}, L3 {size_text(m['l3'])}"],
        ["memory", f"{size_text(m['memory'])}, transparent huge pages: {m['huge_pages']}"],
        ["system", f"{m['kernel']}, {m['libc']}"],
        ["date", data["date"]],
        ["haul", data["version"]],
        ["method", f"median of {method['repetitions']} repetitions of "
                   f"{method['repetition_seconds'] * 1e3:g} ms, contestants interleaved at random, "
                   f"{method['clock']}"],
        ["noise", f"load {m['load'][0]:.2f} at the start, {m['load'][1]:.2f} at the end; "
                  f"{m['stolen'] * 100:.1f}% of the CPU time taken by the hypervisor; "
                  f"{m['preemptions']} preemptions"],
    ]
    if missing:
        rows.append(["not counted", missing])
    body = "".join(f"<tr><th>{k}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
    return f'<table class="facts">{body}</table>'


def sweep_section(points, style, machine, routine):
    members = select(points, "sweep", routine)
    if not members:
        return ""
    parts = [f"<h2>{routine}</h2>"]
    sized = {p["size"] for p in members if p["size"] > 0}
    if len(sized) > 1:
        parts.append(svg(throughput(members, style, machine,
                                    f"{routine}: throughput, operands as hot as they fit"),
                         f"{routine} throughput"))
        parts.append("<p>Lines are geometric means over all distances and alignments; the shades "
                     "of haul and the C library reach from their worst to their best. Dents that "
                     "all lines share are the machine's.</p>")
    if len({p["size"] for p in members if p["size"] <= 64}) > 3:
        parts.append(svg(small(members, style, f"{routine}: small sizes"), f"{routine} small sizes"))
    if len({p["d"] for p in members}) > 1 and len(sized) > 1:
        parts.append(svg(heatmap(members, machine, f"{routine}: haul against the best of the others"),
                         f"{routine} ratios"))
        parts.append("<p>D is (dst − src) mod 4096. Blue: haul is faster. Red: it is slower. The "
                     "best of the others is another one at each point.</p>")
    overlapping = select(points, "sweep", routine, True)
    if len({p["size"] for p in overlapping}) > 1:
        parts.append(svg(heatmap(overlapping, machine, f"{routine} over itself: haul against the C library"),
                         f"{routine} overlapping"))
        parts.append("<p>Here D is dst − src itself; above 0 the copy must run backward.</p>")
    return "\n".join(parts)


def cold_section(points, style):
    parts = []
    for routine in dict.fromkeys(p["routine"] for p in select(points, "cold")):
        members = select(points, "cold", routine)
        if len(members) > 1:
            parts.append(svg(throughput(members, style, None, f"{routine}: from cold caches"),
                             f"{routine} cold"))
    return "<h2>Cold caches</h2>" + "\n".join(parts) if parts else ""


def fleet_section(points, style):
    parts = []
    for what in dict.fromkeys(p["what"] for p in select(points, "fleet")):
        members = [p for p in select(points, "fleet") if p["what"] == what]
        groups = [(p["heat"], bar_items(p)) for p in members]
        parts.append(svg(bars(groups, style, "ns per call",
                              f"{what}: {members[0]['size']:.0f} bytes on average"), what))
    if not parts:
        return ""
    return ("<h2>Calls as a fleet makes them</h2><p>Sizes and alignments drawn from the "
            "distributions that google/fleetbench publishes, at random places in a window that "
            "fits the named cache. Whiskers are quartiles.</p>" + "\n".join(parts))


def fault_section(points, style):
    members = select(points, "fault")
    if not members:
        return ""
    groups = [(f"at {p['what']}".replace(" of ", "\nof "), bar_items(p)) for p in members]
    ratios = ", ".join(f"{p['ratio']:.2f} (at {p['what']})" for p in members if p["ratio"])
    return ("<h2>The cost of a fault</h2>" +
            svg(bars(groups, style, "per faulting call", "A copy whose source ends", log=True),
                "cost of a fault") +
            "<p>“Bare signal” is the kernel's own round trip: a handler that steps over one "
            f"instruction. haul against it: {html.escape(ratios)}.</p>")


def insn_plot(cpu):
    """Instructions by size, a panel for each routine."""
    routines = cpu["routines"]
    figure, axes = plt.subplots(1, len(routines), figsize=(9.6, 3.0), squeeze=False)
    for axis, routine in zip(axes[0], routines):
        for name in ("libc", "haul"):
            points = [(n, count) for n, count in routine["sizes"][name] if n > 0]
            axis.plot(*zip(*points), color=COLOURS[name], label=title_of(name),
                      linewidth=2 if name == "haul" else 1.4)
        axis.set_xscale("log", base=2)
        axis.set_yscale("log", base=2)
        axis.xaxis.set_major_locator(LogLocator(base=16))
        axis.xaxis.set_minor_locator(NullLocator())
        for part in (axis.xaxis, axis.yaxis):
            part.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axis.set_title(routine["routine"])
        axis.set_xlabel("bytes per call")
    axes[0][0].set_ylabel("instructions per call")
    axes[0][0].legend(loc="upper left")
    return figure


def insn_classes(cpu):
    routines = cpu["routines"]
    head = ["bytes"]
    for routine in routines:
        head += [f"{routine['routine']}: {routine['haul'] or 'haul'}", routine["libc"], "ratio"]
    rows = []
    for i, members in enumerate(zip(*(r["classes"] for r in routines))):
        low, high = members[0]["low"], members[0]["high"]
        rows.append([f"{low}" if low == high else f"{low} to {high}"])
        for member in members:
            mark = "\u00a0!" if round(member["ratio"], 2) > 1.1 else ""
            rows[i] += [f"{member['haul']:.1f}", f"{member['libc']:.1f}", f"{member['ratio']:.2f}{mark}"]
    rows.append(["fleet"])
    for routine in routines:
        rows[-1] += ["", "", f"{routine['fleet']:.3f}"]
    return table_html(head, rows)


def insn_alignments(cpu):
    powers = list(dict.fromkeys(dst for dst, _, _ in cpu["routines"][0]["alignments"]))
    titles = {0: "", 1: ", src 1 to 4", 8: ", src 8", 16: ", src 16 to 64"}
    rows = []
    for routine in cpu["routines"]:
        for source in dict.fromkeys(src for _, src, _ in routine["alignments"]):
            rows.append([routine["routine"] + titles[source]] +
                        [f"{ratio:.2f}" for _, src, ratio in routine["alignments"] if src == source])
    return table_html(["alignment"] + [f"dst {power}" for power in powers], rows)


def insn_loops(loops):
    rows = []
    for loop in loops:
        row = [f"{loop['core']} ({loop['port']})", loop["routine"],
               f"{title_of(loop['whose'])}: {loop['variant']}"]
        if loop["instructions"]:
            row += [f"{loop['bytes']:.0f}", loop["instructions"]]
        if "cycles" in loop:
            row += [f"{loop['least_cycles']:.1f}", f"{loop['cycles']:.1f}",
                    f"{loop['bytes'] / loop['cycles']:.1f}"]
        else:
            row.append(loop["why"])
        rows.append(row)
    return table_html(["core", "routine", "whose", "bytes a turn", "instructions", "least cycles", "cycles",
                       "bytes a cycle"], rows)


def insn_board(board):
    """A table for each routine, because each has variants of its own."""
    name = f"{board['port']}, {board['cpu']}, board {board['board']}"
    parts = [f"<h3>{html.escape(name)}</h3>"]
    for routine in board["routines"]:
        variants = routine["variants"]
        head = [routine["routine"]]
        head += [f"{name}: {variants[name]}" if name in variants else f"board: {name}"
                 for name in routine["fleet"]]
        rows = []
        for row in routine["classes"]:
            low, high = row["low"], row["high"]
            rows.append([f"{low}" if low == high else f"{low} to {high}"] +
                        [f"{mean:.1f}" for mean in row["means"].values()])
        rows.append(["fleet"] + [f"{mean:.2f}" for mean in routine["fleet"].values()])
        parts += [table_html(head, rows),
                  f"<p>Board and Linux differ in {routine['differ']} of {routine['calls']} calls.</p>"]
    return "\n".join(parts)


def insn_section(data):
    parts = ["<h2>Instructions</h2>",
             f"<p>Instructions per call, counted exactly under {html.escape(data['emulator'])} "
             f"({data['date']}, haul {data['version']}). Ratios are haul's count to that of the C "
             "library's own choice: below 1 haul takes fewer; “!” marks those above 1.1. “fleet” is "
             "the geometric mean over the sizes and alignments that google/fleetbench publishes. "
             "Counts are not times: see doc/benchmarks.md.</p>"]
    for cpu in data["cpus"]:
        name = f"{cpu['port']}, {cpu['cpu']}"
        parts += [f"<h3>{html.escape(name)}</h3>", svg(insn_plot(cpu), f"{name}: instructions"),
                  insn_classes(cpu), "<p>The fleet's ratio by alignment:</p>", insn_alignments(cpu)]
    if data["loops"]:
        parts += ["<h3>Bulk loops</h3>", "<p>One turn of the loop of a long call, as llvm-mca 19 "
                  "times it: all data in the first cache, no access split. “Least”: by the units the "
                  "instructions need, “cycles”: in its simulation.</p>",
                  insn_loops(data["loops"])]
    return "\n".join(parts + [insn_board(board) for board in data["boards"]])


STYLE = """
:root{color-scheme:light dark;--ground:#fdfdfc;--ink:#22262a;--faint:#22262a24;--rule:#22262a30}
@media(prefers-color-scheme:dark){:root{--ground:#15181b;--ink:#dfe3e6;--faint:#dfe3e624;--rule:#dfe3e638}}
body{background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;max-width:62rem;
margin:2.5rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;margin-bottom:.2rem}h2{margin-top:2.8rem;border-bottom:1px solid var(--rule)}
figure{margin:1.4rem 0}svg{width:100%;height:auto;overflow:visible}
svg text{font-family:system-ui,sans-serif!important}
table{border-collapse:collapse;font-size:.86rem}th,td{text-align:left;padding:.28rem .8rem .28rem 0;
border-bottom:1px solid var(--rule);vertical-align:top;font-variant-numeric:tabular-nums}
.facts th{font-weight:600;white-space:nowrap}.wide{overflow-x:auto}.wide td:first-child{white-space:nowrap}
"""


def timed_sections(data):
    points, machine = data["points"], data["machine"]
    style = Style(points)
    body = [
        "<p>Every contestant did the same work at each point, in interleaved repetitions. Ratios "
        "are times: below 1 haul is faster.</p>",
        facts(data), "<h2>Summary</h2>", summary(points),
        "<p>Means are geometric. “Clearly”: over 1.03 even from haul's lower quartile to the "
        "best's upper one, so not by noise alone.</p>", differences(points),
    ]
    for routine in ("memcpy", "memmove", "memset", "memcmp", "strnlen", "transfer"):
        body.append(sweep_section(points, style, machine, routine))
    body += [added_section(points), words_section(points, "cursor", "Cursors"),
             words_section(points, "device", "Device memory"),
             words_section(points, "virtqueue", "Virtqueues")]
    return body + [fleet_section(points, style), cold_section(points, style),
                   fault_section(points, style),
                   "<h2>The points where haul does worst</h2>", worst_points(points)]


def page(timed, counted):
    body = ["<h1>haul: benchmarks</h1>"]
    if timed:
        body += timed_sections(timed)
    if counted:
        body.append(insn_section(counted))
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>haul: benchmarks</title><style>{STYLE}</style></head><body>"
            + "\n".join(body) + "</body></html>\n")


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: haul-bench-report JSON... HTML")
    found = {}
    for path in sys.argv[1:-1]:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        found["haul_insn" if "haul_insn" in data else "haul_bench"] = data
    with open(sys.argv[-1], "w", encoding="utf-8") as file:
        file.write(page(found.get("haul_bench"), found.get("haul_insn")))


if __name__ == "__main__":
    main()
