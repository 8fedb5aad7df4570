"""The comment on a pull request: it always fits, what is gravest comes first, and what is left out is counted."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import record, sample
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Kind, Verdict
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.record.run import Run
from swapbench.show.markdown import markdown
from swapbench.show.summary import Summary, summarize

ROOM = 65_536  # characters of a comment on GitHub


def _verdict(kind: Kind, number: int, reason: str = "why", **changes: Any) -> Verdict:
    values = {"metric": "fit_time", "fails": kind in ("regressed", "missing"), **changes}
    return Verdict(kind, record(f"model{number}").cell, (0,), reason=reason, **values)


def _summary(verdicts: list[Verdict], name: str = "m", rows: int = 2) -> Summary:
    records = tuple(record(f"{name}{row}", scores={"accuracy": 0.5}, samples=(sample(),)) for row in range(rows))
    names = tuple(one.cell.row for one in records)
    outline = Outline("mine", names, ("data",), ("fit",), (ScoreOutline("accuracy", "", "higher"),), (), names[0][0])
    run = Run("run", (outline,), {str(one.cell): one.cell for one in records}, records)
    return summarize(run, Gate("main.json", tuple(verdicts)))


SMALL = _summary([])
LARGE = _summary([], name="m0" + "_a_name_that_is_long" * 20, rows=200)
_REASONS = st.one_of(st.text(max_size=50), st.sampled_from(["x" * 60_000, "a line\n" * 9_000, "| <b> |" * 500]))
_KINDS: list[Kind] = ["regressed", "missing", "different", "inconclusive", "improved", "new", "equivalent"]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(_KINDS), _REASONS), max_size=8),
    st.sampled_from([1, 350]),
    st.sampled_from(["small", "large"]),
    st.lists(_REASONS, max_size=3).map(tuple),
    st.lists(_REASONS, max_size=3).map(tuple),
)
@example([("regressed", "x" * 60_000), ("missing", "x" * 60_000)], 350, "small", (), ())
@example([("regressed", "| <b> |" * 500), ("missing", "| <b> |" * 500)], 350, "large", ("<" * 700,), ())
@example([("regressed", "<" * 700)], 1, "small", (), ("<" * 700,) * 60)
def test_a_comment_always_fits_and_says_more_than_that_it_does_not(
    told: list[tuple[Kind, str]], times: int, size: str, failures: tuple[str, ...], notes: tuple[str, ...]
) -> None:
    verdicts = [_verdict(kind, number, reason) for kind, reason in told for number in range(times)]
    base = SMALL if size == "small" else LARGE
    text = markdown(replace(base, gate=Gate("main.json", tuple(verdicts), notes), troubles=failures, notes=notes))
    assert len(text) < ROOM
    assert text.startswith("## swapbench: ")
    for failing in ("missing", "regressed"):
        if any(kind == failing for kind, _ in told):
            assert f"{failing.upper()}, " in text
    assert "| m0" in text


def test_a_reason_of_sixty_kilobytes_ends_in_an_ellipsis_beside_all_else() -> None:
    text = markdown(_summary([_verdict("regressed", 1, "x" * 60_000), _verdict("regressed", 2)]))
    assert "xxx…" in text
    assert "model2-sklearn on data, fold 0: fit_time REGRESSED, why." in text
    assert "The rest does not fit" not in text
    assert len(text) < 3_000


def test_of_many_verdicts_those_that_fail_come_first_and_the_others_are_counted() -> None:
    verdicts = [*(_verdict("improved", n) for n in range(350)), *(_verdict("regressed", n) for n in range(350))]
    text = markdown(_summary(verdicts))
    order = [
        text.index(part)
        for part in ("### 350 regressed", "REGRESSED", "and 300 more", "| m0 |", "<summary>350 improved")
    ]
    assert order == sorted(order)


def test_a_table_of_many_rows_says_how_many_it_leaves_out_and_the_next_one_still_begins() -> None:
    text = markdown(replace(LARGE, comparisons=LARGE.comparisons * 2, notes=("a note",)))
    first, second = text.split("\n### mine on data")[1:]
    shown = first.count("\n| m0")
    assert 50 < shown < 200
    assert f"and {200 - shown} more" in first
    assert second.count("\n| m0") == 1
    assert "and 199 more" in second
    assert "- a note" in text


def test_what_has_no_room_is_named() -> None:
    text = markdown(replace(LARGE, comparisons=LARGE.comparisons * 60, notes=("a note",)))
    assert 10 < text.count("\n### mine on data") < 60
    assert "Not shown, for a comment has no room: " in text
    assert "the table of mine on data" in text
    assert "- a note" in text


@pytest.mark.parametrize("reason", ["<details>", "a\n\n## heading\n"])
def test_a_reason_is_text_whatever_is_in_it(reason: str) -> None:
    text = markdown(_summary([_verdict("regressed", 1, reason)]))
    assert text.count("<details>") == text.count("</details>")
    assert "\n## heading" not in text


# What a stranger may call a model, or say in a reason; each makes something of the comment that it is not.
HOSTILE = (
    *("[x](http://127.0.0.1/)", "![x](http://127.0.0.1/)", "[x]: http://127.0.0.1/", "\\](http://127.0.0.1/) [x"),
    *("# heading", "1. one", "- item", "```", "~~~", "> quoted", "---", "===", "    code", "a | b | c", "a \\| b"),
    *("<img src=x>", "</details>", "<!--", "**bold**", "`code` | `code", "| - | - |", "* * *", "$x$", "&lt;b>"),
)


@pytest.mark.parametrize("told", HOSTILE)
def test_a_comment_keeps_its_shape_whatever_strangers_call_things(told: str) -> None:
    """As Markdown is read: nothing more is a heading, an item, a block, a cell or a link than with a plain word."""

    def shape(word: str) -> list[tuple[str, str]]:
        base = _summary([_verdict("regressed", 1, word), _verdict("improved", 2, word)], name=word)
        gate = replace(base.gate or Gate("", ()), baseline=word, notes=(word,))
        text = markdown(replace(base, gate=gate, notes=(word,), troubles=(word,)))
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        blocks = [(token.type, token.tag) for token in tokens]
        within = [each for token in tokens for each in token.children or () if each.type in _LEADING]
        assert [each.type for each in within] == []
        return blocks

    assert shape(told) == shape("word")


def test_nobody_is_called_by_a_name_in_a_comment() -> None:
    text = markdown(_summary([_verdict("regressed", 1, "@everyone look, and mail a@b")]))
    assert "@everyone" not in text
    assert "a@b" in text


_LEADING = {"link_open", "image", "html_inline"}
