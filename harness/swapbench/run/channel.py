"""Channels: JSON messages between two processes, one a line.

A line is filled up to whole pages: a child reads its request before the model is there, and a name that is a few
letters longer would move all that the model then keeps. That alone made a matrix product 3 % faster.
"""

import array
import json
import os
import socket
import stat
from _socket import socketpair  # made of the class that tests may be forbidden to use, as pytest-socket does
from typing import Any, cast

MUTE = 121  # the status of a child whose model has closed the channel on which it would have answered
_FILES = "files"
_PAGE = 4096  # bytes


class Channel:
    """A stream socket that carries JSON objects, and open files beside them."""

    def __init__(self, sock: socket.SocketType) -> None:
        self.socket = sock
        self._unread = b""
        self._files: list[int] = []

    @classmethod
    def pair(cls) -> tuple["Channel", "Channel"]:
        left, right = socketpair()
        return cls(left), cls(right)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def send(self, message: dict[str, Any], files: tuple[int, ...] = ()) -> None:
        """Send one message; the other end gets its own descriptors of `files` (small messages only)."""
        if not files:
            self.socket.sendall(_line(message))
            return
        # Descriptors travel with the first byte (unix(7)), so what one call did not take may follow without them.
        data = _line({**message, _FILES: len(files)})
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))
        self.socket.sendall(data[self.socket.sendmsg([data], [rights]) :])

    def receive(self) -> dict[str, Any] | None:
        """Block for the next message; None when the other end is gone."""
        return self.receive_with_files(0)[0]

    def receive_with_files(self, most: int) -> tuple[dict[str, Any] | None, list[int]]:
        """Block for the next message and the descriptors sent with it, of which one message brings at most `most`."""
        # One read may bring several messages, and descriptors of a later one than the next (unix(7)): they are kept in
        # order, and each message says how many are its own.
        while b"\n" not in self._unread:
            try:
                data, got, _, _ = socket.recv_fds(cast(socket.socket, self.socket), 1 << 16, most)
            except ConnectionResetError:  # the other end died before it had read all that it was sent
                data, got = b"", []
            self._files.extend(got)
            if not data:
                return None, []
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        count = message.pop(_FILES, 0)
        files, self._files = self._files[:count], self._files[count:]
        return message, files

    @property
    def open(self) -> bool:
        """Whether this end is still what it was: measured code may close whatever is open."""
        try:
            return stat.S_ISSOCK(os.fstat(self.fileno()).st_mode)
        except OSError:
            return False

    @property
    def pending(self) -> bool:
        """Whether a whole message is buffered already, which a poll of the socket would not show."""
        return b"\n" in self._unread


def _line(message: dict[str, Any]) -> bytes:
    # Texts in JSON have no line ends, and spaces behind it are no part of it.
    text = json.dumps(message).encode()
    return text.ljust(len(text) + -(len(text) + 1) % _PAGE) + b"\n"
