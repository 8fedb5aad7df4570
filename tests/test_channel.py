"""Messages between processes: what comes out is what went in, and a line is as long as many others."""

import os
import socket
from pathlib import Path

from swapbench.run.channel import Channel


def test_messages_arrive_one_by_one_with_their_files() -> None:
    here, there = Channel.pair()
    with Path(os.devnull).open() as file:
        here.send({"event": "first", "text": "zwei\nlines"})
        here.send({"event": "second"}, (file.fileno(),))
        here.close()
    messages = [there.receive_with_files(1) for _ in range(3)]
    there.close()
    assert [message for message, _ in messages] == [
        {"event": "first", "text": "zwei\nlines"},
        {"event": "second"},
        None,
    ]
    (received,) = messages[1][1]
    assert os.fstat(received).st_rdev == os.stat(os.devnull).st_rdev
    os.close(received)


def test_a_longer_name_does_not_make_a_longer_line() -> None:
    left, right = socket.socketpair()
    with left, right:
        for name in ("cnn", "a" * 500):
            Channel(left).send({"model": name})
            assert len(right.recv(1 << 16)) == 4096
