#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# A file system with one file, "file", that cannot be read everywhere.
#
#   tool_fuse.py CONTENT MOUNTPOINT FROM-TO...
#
# "file" has the bytes of CONTENT; a read that touches a range [FROM, TO) fails
# with EIO, as on a damaged medium.  Speaks the kernel's FUSE protocol (7.31,
# <linux/fuse.h>) itself, so that no FUSE library is needed.  Ends when it is
# unmounted.
import ctypes
import errno
import os
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 14, 15, 17, 18
FLUSH, INIT, INTERRUPT, BATCH_FORGET = 25, 26, 36, 42
ROOT, FILE = 1, 2
BUFFER = 1 << 20


def attributes(node, size):
    mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o644
    return struct.pack("<6Q10I", node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0,
                       mode, 1, os.getuid(), os.getgid(), 0, 4096, 0)


class Server:
    def __init__(self, device, content, bad):
        self.device = device
        self.content = os.open(content, os.O_RDONLY)
        self.size = os.fstat(self.content).st_size
        self.bad = bad

    def size_of(self, node):
        return 0 if node == ROOT else self.size

    # Each answers with the reply's bytes, or minus an error.

    def init(self, node, body):
        return struct.pack("<4I2H2I2HI7I", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0, *[0] * 7)

    def lookup(self, node, body):
        if node != ROOT or body.rstrip(b"\0") != b"file":
            return -errno.ENOENT
        return struct.pack("<4Q2I", FILE, 0, 60, 60, 0, 0) + attributes(FILE, self.size)

    def getattr(self, node, body):
        return struct.pack("<Q2I", 60, 0, 0) + attributes(node, self.size_of(node))

    def open(self, node, body):
        return struct.pack("<QIi", 0, 0, 0)

    def read(self, node, body):
        _, offset, length = struct.unpack_from("<QQI", body)
        if any(offset < to and offset + length > start for start, to in self.bad):
            return -errno.EIO
        return os.pread(self.content, length, offset)

    def nothing(self, node, body):
        return b""

    def statfs(self, node, body):
        return struct.pack("<5Q4I6I", 0, 0, 0, 0, 0, 4096, 255, 4096, 0, *[0] * 6)

    def answer(self, opcode, node, body):
        calls = {INIT: self.init, LOOKUP: self.lookup, GETATTR: self.getattr, OPEN: self.open,
                 READ: self.read, STATFS: self.statfs, RELEASE: self.nothing, FLUSH: self.nothing}
        call = calls.get(opcode)
        return call(node, body) if call else -errno.ENOSYS

    def serve(self):
        while True:
            try:
                request = os.read(self.device, BUFFER)
            except OSError as e:
                if e.errno == errno.ENODEV:  # unmounted
                    return
                if e.errno in (errno.EINTR, errno.ENOENT):
                    continue
                raise
            _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
            if opcode in (FORGET, INTERRUPT, BATCH_FORGET):
                continue
            reply = self.answer(opcode, node, request[40:])
            error, data = (reply, b"") if isinstance(reply, int) else (0, reply)
            os.write(self.device, struct.pack("<IiQ", 16 + len(data), error, unique) + data)


def mount(device, where):
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"haul", where.encode(), b"fuse", ctypes.c_ulong(0), options.encode()) != 0:
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")


def main():
    content, where, *ranges = sys.argv[1:]
    device = os.open("/dev/fuse", os.O_RDWR)
    mount(device, where)
    Server(device, content, [tuple(map(int, r.split("-"))) for r in ranges]).serve()


main()
