# SPDX-License-Identifier: MIT
"""Run by gdb in the place of a user: stops at every fixup that the program
reaches, once, and steps instruction by instruction into every routine; at
each stop the frames must lead back to a function of the program.

From the environment: FIXUPS and ROUTINES, addresses, blank-separated; REMOTE,
if not empty, the socket of a stub that has the program.  Prints
"unwound N stops, M fixups" if every stop could be unwound and the program
ended well.
"""
import os

import gdb

HOME = {"main", "sweep", "before_main"}
STEPS = 64  # instructions from each routine's first


def frames():
    found, frame = [], gdb.newest_frame()
    while frame is not None:
        found.append(frame.name() or hex(frame.pc()))
        frame = frame.older()
    return found


def check_here():
    """Ends everything if the way back is lost; else one more stop."""
    global stops
    names, pc = frames(), gdb.newest_frame().pc()
    if HOME.isdisjoint(names):
        print(f"lost at {pc:#x}: {' < '.join(names)}")
        gdb.execute("kill")
        gdb.execute("quit 1")
    stops += 1
    reached.update({pc} & fixups)


def in_haul():
    return alive() and (gdb.newest_frame().name() or "").startswith("haul_")


def alive():
    return bool(gdb.selected_inferior().threads())


for setting in ("pagination off", "confirm off", "breakpoint always-inserted on"):
    gdb.execute(f"set {setting}")
gdb.execute("handle SIGSEGV SIGBUS SIGILL nostop noprint pass", to_string=True)
fixups = {int(address, 16) for address in os.environ["FIXUPS"].split()}
routines = {int(address, 16) for address in os.environ["ROUTINES"].split()}
for address in fixups | routines:
    gdb.Breakpoint(f"*{address:#x}", temporary=True)
stops, reached = 0, set()
if os.environ["REMOTE"]:
    gdb.execute("target remote " + os.environ["REMOTE"], to_string=True)
    gdb.execute("continue", to_string=True)
else:
    gdb.execute("run 7 1", to_string=True)
while alive():
    check_here()
    if gdb.newest_frame().pc() in routines:
        for _ in range(STEPS):
            gdb.execute("stepi", to_string=True)
            if not in_haul():
                break
            check_here()
    if alive():
        gdb.execute("continue", to_string=True)
if not reached or gdb.convenience_variable("_exitcode") != 0:
    gdb.execute("quit 1")
print(f"unwound {stops} stops, {len(reached)} fixups of {len(fixups)}")
