"""Damage: what becomes of a file on a disk that fails."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def flipped(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def _flipped(content: bytes, chance: random.Random) -> bytes | None:
    return flipped(content, chance.randrange(len(content)), chance.randrange(8)) if content else None


def _cut(content: bytes, chance: random.Random) -> bytes | None:
    return content[: chance.randrange(len(content))] if content else None


def _zeroed(content: bytes, chance: random.Random) -> bytes | None:
    """As of a block that was given out, and never written."""
    at = chance.randrange(0, max(1, len(content)), 512)
    return content[:at] + bytes(len(content[at : at + 512])) + content[at + 512 :]


def _gone(_content: bytes, _chance: random.Random) -> bytes | None:
    return None


_WAYS: list[Callable[[bytes, random.Random], bytes | None]] = [_flipped, _flipped, _flipped, _cut, _zeroed, _gone]


def damaged(path: Path, chance: random.Random) -> None:
    """Damage a file in a way that is drawn: a bit, its end, a block, or the whole of it."""
    with suppress(FileNotFoundError):  # it has just been given its place under another name
        content = chance.choice(_WAYS)(path.read_bytes(), chance)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
