"""Tolerances: how far a metric may move, and the rules that say for which cells."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swapbench.base import content, units
from swapbench.base.error import SwapError
from swapbench.plan.cell import Row

_PARTS = ("absolute", "relative")
_MOST_BYTES = 1 << 22  # of a file of tolerances


@dataclass(frozen=True)
class Tolerance:
    """An allowed difference: `absolute` in the metric's unit, `relative` as a share of the reference; of both, the
    larger counts."""

    absolute: float | None = None
    relative: float | None = None

    @classmethod
    def parse(cls, value: Any, owner: str) -> "Tolerance":
        """Read 0.01 (absolute), "5%" (relative) or {"absolute": 0.5, "relative": "5%"}; raises SwapError that names
        `owner`."""
        if not isinstance(value, Mapping):
            return cls._one(value, owner)
        parts = {name: cls._one(part, owner) for name, part in value.items()}
        absolute, relative = parts.get("absolute", cls()).absolute, parts.get("relative", cls()).relative
        if not parts or set(parts) - set(_PARTS) or len(parts) != (absolute is not None) + (relative is not None):
            raise SwapError(f"{owner}: write both parts as {{absolute = 0.5, relative = '5%'}}, not {dict(value)!r}.")
        return cls(absolute, relative)

    @classmethod
    def _one(cls, value: Any, owner: str) -> "Tolerance":
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = -1.0
        if isinstance(value, bool) or not 0.0 <= number < float("inf"):
            raise SwapError(f"{owner}: {value!r} is no tolerance; write a number such as 0.01 or a share such as '5%'.")
        return cls(relative=number / 100) if text.endswith("%") else cls(absolute=number)

    def limit(self, reference: float) -> float:
        """Return the largest allowed difference from `reference`."""
        return max(self.absolute or 0.0, abs(reference) * (self.relative or 0.0))

    def in_words(self, reference: float, unit: str) -> str:
        """Return the part that counts at a reference, in words."""
        relative = (self.relative or 0.0) * 100
        if self.relative is not None and abs(reference) * self.relative >= (self.absolute or 0.0):
            return f"{relative:g}%"
        return units.quantity(self.absolute or 0.0, unit)


@dataclass(frozen=True)
class Rule:
    """A tolerance for one metric of the rows of a suite: of those that have all the names given, or of all (None)."""

    metric: str
    tolerance: Tolerance
    model: str | None = None
    backend: str | None = None
    variant: str | None = None

    def covers(self, metric: str, row: Row) -> bool:
        return self.metric == metric and all(name in (None, own) for name, own in zip(self.row, row, strict=True))

    @property
    def row(self) -> tuple[str | None, ...]:
        """The names of the rows that it is for, in the order of a row's; None stands for any."""
        return tuple(getattr(self, name) for name in Row._fields)

    @property
    def specificity(self) -> tuple[bool, ...]:
        """What decides between rules that cover the same row: a named model weighs more than a named backend, and that
        more than a named variant."""
        return tuple(name is not None for name in self.row)


def tolerance_of(rules: Iterable[Rule], metric: str, row: Row) -> Tolerance | None:
    """Return the tolerance of the most specific rule that covers a row's metric, the last of equals; None: no rule."""
    rule = _rule_of(rules, metric, row)
    return None if rule is None else rule.tolerance


def tolerance_between(rules: Sequence[Rule], metric: str, one: Row, other: Row) -> Tolerance | None:
    """Return how far two rows may differ from each other, in whichever order: by the more specific of their two rules,
    and of equally specific ones by the wider, for either row may lie that far off. None: a row has no rule."""
    found = [_rule_of(rules, metric, row) for row in (one, other)]
    known = [rule for rule in found if rule is not None]
    if len(known) < len(found):
        return None
    return max(known, key=lambda rule: (rule.specificity, rule.tolerance.limit(1.0))).tolerance


def _rule_of(rules: Iterable[Rule], metric: str, row: Row) -> Rule | None:
    covering = [rule for rule in rules if rule.covers(metric, row)]
    covering.sort(key=lambda rule: rule.specificity)
    return covering[-1] if covering else None


@dataclass(frozen=True)
class Names:
    """What rules of a suite may name: its metrics, and the values of each field of its rows."""

    metrics: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, metrics: Iterable[str], rows: Iterable[Row]) -> "Names":
        columns = zip(Row._fields, zip(*rows, strict=True), strict=True)
        return cls(tuple(metrics), {name: tuple(filter(None, dict.fromkeys(own))) for name, own in columns})


def rules(table: Mapping[str, Any], names: Names, owner: str) -> tuple[Rule, ...]:
    """Read a table of tolerances: metric -> value, and under the name of a model, a backend or a variant a table of its
    own.

    `{"accuracy": 0.01, "cnn": {"fit_time": "10%", "torch": {"fit_time": "20%"}}, "torch": {"peak_memory": "5%"}}`.
    Raises SwapError, naming `owner`, for a key that is none of these.
    """
    return tuple(_rules(table, names, owner, {}))


def read_table(path: Path) -> dict[str, dict[str, Any]]:
    """Return the tables of tolerances in a TOML file by suite; raises SwapError for what cannot be read as such."""
    try:
        tables = tomllib.loads(content.text(path, _MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise SwapError(f"{path}: it cannot be read as TOML ({error}).") from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SwapError(f"{path}: {name!r} stands alone; write it under its suite, as [suite].")
    return tables


def _rules(table: Mapping[str, Any], names: Names, owner: str, row: Mapping[str, str]) -> Iterable[Rule]:
    # A table of a model may hold one of a backend, and that one of a variant: each names a later field of the row.
    later = list(Row._fields)[max((Row._fields.index(name) + 1 for name in row), default=0) :]
    for key, value in table.items():
        kind = next((name for name in later if isinstance(value, Mapping) and key in names.rows[name]), None)
        if key in names.metrics:
            yield Rule(key, Tolerance.parse(value, f"{owner}, tolerance for {key}"), **row)
        elif kind is not None:
            yield from _rules(value, names, f"{owner}, {kind} {key}", {**row, kind: key})
        else:
            known = [f"the {name}s {', '.join(own)}" for name, own in names.rows.items() if own]
            raise SwapError(
                f"{owner}: tolerance for {key!r}, which is not measured; known are {', '.join(names.metrics)}"
                f"; tables of their own may have {', '.join(known[:-1])} and {known[-1]}."
            )
