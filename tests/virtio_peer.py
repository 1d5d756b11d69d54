#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tests/virtio_device talks to: the other end of a console, which is the socket FOLDER/line,
and of a network, whose sockets are FOLDER/net.host and FOLDER/net.board.  Ends by itself after as
many seconds as it is told.

usage: tests/virtio_peer.py FOLDER SECONDS
"""
import os
import select
import socket
import sys
import time

HEADER = 14  # bytes of a frame before what it carries


def bound(path, kind):
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(path)
    return made


def answer_line(line):
    """A line comes back the other way round."""
    return line[::-1] + b"\n"


def answers_to_frame(frame):
    """As many as the first byte says, numbered, all other bits the other way round."""
    addresses = frame[6:12] + frame[:6]
    rest = bytes(byte ^ 0xFF for byte in frame[HEADER + 1 :])
    return [
        addresses + frame[12:HEADER] + bytes([i]) + rest for i in range(frame[HEADER])
    ]


def serve(folder, seconds):
    end = time.monotonic() + seconds
    listener = bound(os.path.join(folder, "line"), socket.SOCK_STREAM)
    listener.listen(1)
    frames = bound(os.path.join(folder, "net.host"), socket.SOCK_DGRAM)
    line, got = None, b""
    while time.monotonic() < end:
        for ready in select.select(
            [frames, line or listener], [], [], max(0, end - time.monotonic())
        )[0]:
            if ready is listener:
                line = listener.accept()[0]
            elif ready is frames:
                for answer in answers_to_frame(frames.recv(65536)):
                    frames.sendto(answer, os.path.join(folder, "net.board"))
            else:
                some = line.recv(65536)
                if not some:
                    return  # the board is gone
                *lines, got = (got + some).split(b"\n")
                for one in lines:
                    line.sendall(answer_line(one))


serve(sys.argv[1], float(sys.argv[2]))
