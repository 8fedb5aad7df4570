"""The run: a reader is given so many files, each as a stranger changes it, and what comes of that is noted."""

import os
import time
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fuzzing import guard
from fuzzing.changes import Whole
from fuzzing.reader import Reader, Told
from fuzzing.readers import readers

# What is no file, or none that is there; the last is a pipe.
_NO_FILES: Sequence[Callable[[Path], object]] = (
    lambda path: None,
    Path.mkdir,
    lambda path: path.write_bytes(b""),
    lambda path: path.symlink_to(path),
    lambda path: path.symlink_to("/dev/zero"),
    os.mkfifo,
)


def fuzzed(owner: str, examples: int, seed: int = 0) -> list[Told]:
    """Give each reader of an owner so many files in this process, which is guarded from then on."""
    own = readers(owner)
    guard.begin()
    return [given_to(name, reader, examples, seed) for name, reader in own.items()]


def given_to(name: str, reader: Reader, examples: int, seed: int = 0) -> Told:
    """Give a reader so many files and return what came of it. Raises what it raises of one as it was written."""
    told = Told(name)
    with guard.workplace() as place:
        originals = {path: Whole(path.read_bytes()) for path in reader.write(place)}
        for path in originals:
            _read(reader, path)
        before = guard.beside(place)
        for path, content in originals.items() if reader.links else ():
            for no_file in _NO_FILES[: -1 if reader.pipes else None]:
                path.unlink()
                no_file(path)
                _try(reader, path, place, told)
                _put(path, content)
        _draw(reader, originals, place, told, examples, seed)
        if guard.beside(place) != before:
            told.note("something was written beside the folder", place)
    return told


def _draw(reader: Reader, originals: Mapping[Path, bytes], place: Path, told: Told, examples: int, seed: int) -> None:
    contents = list(originals.values())

    @seeded(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def each(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(list(originals)))
        content = data.draw(reader.change(originals[path], contents))
        if reader.seal is not None and data.draw(st.integers(0, 4)):
            with suppress(Exception):  # there is nothing left that it could be put on
                content = reader.seal(content)
        path.write_bytes(content)
        try:
            _try(reader, path, place, told)
        finally:
            _put(path, originals[path])

    each()


def _try(reader: Reader, path: Path, place: Path, told: Told) -> None:
    """Have a reader read a file, and note what came of it."""
    guard.forget_peak()
    held, begun = guard.memory_mib("VmRSS"), time.monotonic()
    try:
        with guard.watched(place):
            _read(reader, path)
        told.read += 1
    except reader.refuses as error:
        told.refused += 1
        if reader.named and path.name not in str(error):
            told.note(f"without its name, {_where(error)}", path, str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        told.note(_where(error), path, str(error))
    told.examples += 1
    told.longest_s = max(told.longest_s, time.monotonic() - begun)
    grown = guard.memory_mib("VmHWM") - held
    told.most_mib = max(told.most_mib, grown)
    if grown > reader.mib:
        told.note(f"more than {reader.mib} MiB of memory", path)


def _read(reader: Reader, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader.read(path)


def _where(error: BaseException) -> str:
    """Return the kind of an error and the place in the project that it came through last."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "swapbench" in frame.filename]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


def _put(path: Path, content: bytes) -> None:
    """Put a file back."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    elif path.exists() or path.is_symlink():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
