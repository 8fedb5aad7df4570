"""The command `features`: what is measured of clips, as a table."""

import argparse
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from swapbench_models.arguments import at_least
from swapbench_models.video.command.arguments import output, read_table, shown, tell
from swapbench_models.video.error import VideoError

_NOTHING = 2  # the status where nothing came of it


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add features."""
    parser = commands.add_parser("features", help="measure the handcrafted features of clips, as a table (CSV)")
    parser.set_defaults(command=_features)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="clips")
    parser.add_argument("--data", type=Path, metavar="CSV", help="a table of clips: video_path and label")
    parser.add_argument("--frames", type=at_least(1), default=8, help="so many of each clip (default: 8)")
    parser.add_argument("--block", type=at_least(2), default=8, help="side of a codec's blocks (default: 8 pixels)")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep them there, and take what is there")
    parser.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="CSV", help="a file (default: stdout)")


def _features(options: argparse.Namespace) -> int:
    if bool(options.files) == bool(options.data):
        raise VideoError("features: give files of clips, or --data with a table of them, and not both.")
    from swapbench_models.video.features.cache import Cache
    from swapbench_models.video.features.extract import of_clip
    from swapbench_models.video.features.table import NAMES

    cache = Cache(options.cache, options.frames, options.block) if options.cache else None
    rows, failed = [], 0
    clips = list(_clips(options))
    for path, *label in shown(clips, "features", "clips"):
        try:
            found = cache.features(path) if cache else of_clip(path, options.frames, options.block)
        except VideoError as error:
            tell(str(error))
            failed += 1
            continue
        rows.append([path, *label, *map(repr, found.tolist())])
    if not rows:  # each clip's sentence says all that is to be said
        return _NOTHING
    output(options.output, _text([["video_path", *(["label"] if options.data else []), *NAMES], *rows]))
    if failed:
        tell(f"{failed} of {len(clips)} clips have no row, for they cannot be read.")
    return int(failed > 0)


def _text(lines: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _clips(options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Yield the path of each clip, and of one in a table its label too."""
    from swapbench_models.video.data.text import as_text

    if not options.data:
        yield from ((as_text(path),) for path in options.files)
        return
    data = read_table(options.data)
    yield from ((as_text(clip.path), data.classes[clip.label]) for clip in data.clips)
