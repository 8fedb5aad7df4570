"""A source: bytes of a file or of a pipe as they come, whose beginning can be looked at first."""

from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from swapbench_models.can.error import CanError, FormatError

BLOCK = 1 << 20  # bytes
_LONGEST = 1 << 16  # bytes of a line: a text without lines must not be gathered until memory is full
_MARK = b"\xef\xbb\xbf"  # of UTF-8, which some editors write


class Source:
    """Where bytes come from; a binary stream that was open before is left open.

    Raises CanError, which names the file, where it cannot be read.
    """

    def __init__(self, given: Path | str | BinaryIO) -> None:
        self.name = str(given) if isinstance(given, Path | str) else str(getattr(given, "name", "stream"))
        self._ours = isinstance(given, Path | str)
        self._file = self._opened(given) if isinstance(given, Path | str) else given
        self._ahead = b""
        self._first = 1  # the number of the line that is next

    def close(self) -> None:
        """Let go of a file that was opened here."""
        if self._ours:
            self._file.close()

    def read(self, size: int) -> bytes:
        """Return what is there, up to so many bytes, and waits for one; nothing at the end."""
        if self._ahead:
            given, self._ahead = self._ahead[:size], self._ahead[size:]
            return given
        return self._more(size)

    def head(self) -> bytes:
        """Return the beginning as far as its first line that is not empty, without taking it."""
        while b"\n" not in self._ahead.lstrip() and len(self._ahead) < _LONGEST:
            more = self._more(_LONGEST)
            if not more:
                break
            self._ahead += more
        self._ahead = self._ahead.removeprefix(_MARK)
        return self._ahead

    def take_line(self) -> str:
        """Return the first line that is not empty, and take it and what is before it."""
        head = self.head()
        before = len(head) - len(head.lstrip())
        line, _, self._ahead = head[before:].partition(b"\n")
        self._first += head[:before].count(b"\n") + 1
        return decoded(line)

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, bytes]]:
        """Yield the number of a line and it with those after it, of some `size` bytes together.

        Each line ends with a newline alone. Raises FormatError for one that does not end.
        """
        rest = b""
        while piece := self.read(size):
            whole, newline, rest = (rest + piece).rpartition(b"\n")
            if newline:
                yield self._first, (whole + newline).replace(b"\r\n", b"\n")
                self._first += whole.count(b"\n") + 1
            if len(rest) > _LONGEST:
                raise FormatError(
                    self.name, self._first, f"is longer than {_LONGEST:,} bytes, which no line of a log is."
                )
        if rest:
            yield self._first, rest.removesuffix(b"\r") + b"\n"

    def _more(self, size: int) -> bytes:
        # What a buffer has, rather than to wait until it is full.
        reading = getattr(self._file, "read1", self._file.read)
        try:
            return reading(size) or b""
        except OSError as error:
            raise self._unreadable(error) from error

    def _opened(self, path: Path | str) -> FileIO:
        try:
            return FileIO(path)  # without a buffer: of a pipe, what is there is read, and not waited for more
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> CanError:
        return CanError(f"{self.name}: cannot be read ({error.strerror or error}); give another path.")


def decoded(line: bytes) -> str:
    """Return a line, of which all that matters is ASCII, as a text in which each byte is one character."""
    return line.decode("latin-1").rstrip("\r")
