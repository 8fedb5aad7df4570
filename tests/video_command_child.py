"""What tests of the command of `video` have done in a process with torch."""

import io
from contextlib import redirect_stderr, redirect_stdout

from swapbench_models.video.classifier.create import classifier
from swapbench_models.video.command.main import main
from swapbench_models.video.sizes import SIZES


def sizes(profile: str) -> dict[str, tuple[int, int | None]]:
    """Return the trained numbers and the multiply-adds of every model in a profile."""
    made = {name: classifier(name, profile=profile) for name in SIZES}
    return {name: (each.count_parameters(), each.macs_per_clip()) for name, each in made.items()}


def ran(*arguments: object) -> tuple[int, str, str]:
    """Return the status of the command with the family's own classifiers, and what it said on stdout and stderr."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main([str(each) for each in arguments])
    return status, out.getvalue(), err.getvalue()
