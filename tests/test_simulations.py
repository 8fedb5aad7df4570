"""What docs/gate.md claims of the statistics, simulated: an excerpt here, the whole with `python docs/simulations`.

A simulated rate may be off by four of its standard errors: fewer cases show less, and claim no less.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "docs" / "simulations"))
from line import Line
from score_lines import LINES as SCORE_LINES
from size_lines import LINES as SIZE_LINES

LINES = (*SIZE_LINES, *SCORE_LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.number}: {line.what}")
def test_a_few_cases_are_as_the_table_says(line: Line) -> None:
    assert line.holds(line.rate(line.few), line.few)


@pytest.mark.long
@pytest.mark.parametrize("line", [*filter(Line.claims, SCORE_LINES)], ids=lambda line: f"{line.number}: {line.what}")
def test_all_cases_of_scores_are_as_the_table_says(line: Line) -> None:
    assert line.holds(line.rate(line.runs), line.runs)


@pytest.mark.long
@pytest.mark.parametrize("line", [*filter(Line.claims, SIZE_LINES)], ids=lambda line: f"{line.number}: {line.what}")
def test_a_quarter_of_the_cases_of_times_is_as_the_table_says(line: Line) -> None:
    """Of these each is looked at again and again, and takes ten times as long as one of scores."""
    runs = line.runs // 4
    assert line.holds(line.rate(runs), runs)
