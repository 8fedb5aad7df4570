"""Records: the immutable, versioned truth about one cell of one run."""

import json
from dataclasses import dataclass, field, fields
from math import fsum
from statistics import fmean, median
from typing import Any

from swapbench.base import written
from swapbench.plan.cell import Cell
from swapbench.record import reading

VERSION = 2
_READ = (1, VERSION)
STATUSES = ("ok", "failed", "invalid", "crashed", "timeout", "oom", "blocked", "skipped")


@dataclass(frozen=True)
class Record:
    """One cell as it ended.

    `key` is the digest of all that determines its result; `samples` are its rounds (the fields of Sample, with
    `elapsed_s` and `queued_s`), `discarded` those measured again because of other load. `scores` are those of the last
    round, `examples` the results of each test example behind them (packed, see swapbench.base.packing), and `undefined`
    says of what is not known for this fold (a score, the FLOPs) why. `deterministic` says that every round predicted
    the same. `groups` are those of the test examples where the data has groups (packed numbers), `seeded` says that the
    model drew at random when it was made or trained, so that another seed may give another one; None where that is not
    known. `retested` says how many of the test examples other folds test too, by the numbers of these; None where that
    is not known. `trainings` are further ones, each under a `seed` of its own, with its `scores`, `examples` and
    `predictions_sha256`. `attempts` are the tries before, each with its `reason`: of those that ran out of memory the
    `options` of the spec that were made smaller after it, none of those that were lost with what measured them.
    `source` is the commit that was measured. Times are ISO 8601 in UTC.
    """

    cell: Cell
    key: str
    status: str
    reason: str = ""
    samples: tuple[dict[str, Any], ...] = ()
    discarded: tuple[dict[str, Any], ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)
    parameters: int | None = None
    flops_per_example: float | None = None
    train_examples: int | None = None
    test_examples: int | None = None
    retested: dict[str, int] | None = None
    predictions_sha256: str | None = None
    deterministic: bool | None = None
    groups: str = ""
    seeded: bool | None = None
    trainings: tuple[dict[str, Any], ...] = ()
    attempts: tuple[dict[str, Any], ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    started: str = ""
    ended: str = ""
    version: int = VERSION

    def sentence(self) -> str:
        """Say in one sentence how this cell ended, naming it."""
        return f"{self.cell}: {self.status}" + (f", {self.reason}" if self.reason else "")

    @property
    def walls(self) -> list[float]:
        """The time of each round, in seconds."""
        return [sample["wall_s"] for sample in self.samples]

    @property
    def wall_s(self) -> float | None:
        """The median time over the rounds, in seconds."""
        return median(self.walls) if self.samples else None

    @property
    def best_walls(self) -> list[float]:
        """The shortest timed call of each round, in seconds: what other load can only lengthen."""
        return [min(sample["walls"]) for sample in self.samples]

    @property
    def peaks(self) -> list[int]:
        """The peak memory of each round above what was there before it, in bytes."""
        return [sample["peak_memory_bytes"] for sample in self.samples if "peak_memory_bytes" in sample]

    @property
    def elapsed_s(self) -> float:
        """What measuring it took, start-up, preparation and repeated rounds included and waiting left out, in
        seconds."""
        return fsum(sample.get("elapsed_s", 0.0) for sample in (*self.samples, *self.discarded))

    @property
    def cpu_s(self) -> float | None:
        return median(sample["cpu_s"] for sample in self.samples) if self.samples else None

    @property
    def peak_memory_bytes(self) -> int | None:
        """The largest peak of any round above what was there before it, in bytes."""
        return max(self.peaks, default=None)

    @property
    def contaminated(self) -> int:
        """How many of the samples others took part in."""
        return sum(sample["contaminated"] for sample in self.samples)

    @property
    def loaded(self) -> bool:
        """Whether others took part in half of the samples or more: the median time then rests on it."""
        return bool(self.samples) and 2 * self.contaminated >= len(self.samples)

    def extra_info(self) -> dict[str, Any]:
        """Return what a pytest-benchmark entry carries of this record; plain JSON values."""
        walls = [sample["cold_s"] for sample in self.samples if sample["cold_s"] is not None]
        return {
            "cell": self.cell.as_dict(),
            "status": self.status,
            "metrics": dict(self.scores),
            "undefined": dict(self.undefined),
            "peak_memory_bytes": self.peak_memory_bytes,
            "absolute_peak_memory_bytes": max((s["absolute_peak_bytes"] for s in self.samples), default=None),
            "device_memory_bytes": max((s["device_memory_bytes"] or 0 for s in self.samples), default=0) or None,
            "cpu_time_s": self.cpu_s,
            "cold_time_s": fmean(walls) if walls else None,
            "parameters": self.parameters,
            "flops_per_example": self.flops_per_example,
            "predictions_sha256": self.predictions_sha256,
            "seeded": self.seeded,
            "train_examples": self.train_examples,
            "test_examples": self.test_examples,
            "retested": self.retested,
            "contaminated_rounds": self.contaminated,
            "attempts": list(self.attempts),
            "key": self.key,
            "environment": self.environment,
            "source": self.source,
        }

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), sort_keys=True, allow_nan=False)

    def as_dict(self) -> dict[str, Any]:
        # Fields that hold plain values already are taken as they are: asdict would copy every sample, one by one.
        return {**{name: getattr(self, name) for name in _FIELDS}, "cell": self.cell.as_dict()}

    @classmethod
    def measured(cls, values: dict[str, Any]) -> "Record":
        """Return the record of which an engine has brought the values; raises ValueError where they are none's."""
        return cls.from_dict({**written.plain(values), "version": VERSION})

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """Read what to_json wrote; raises ValueError for another version or damage."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Record":
        """Read what as_dict gave; raises ValueError for another version or damage."""
        version = values.get("version") if isinstance(values, dict) else None
        if version not in _READ:
            raise ValueError(f"a record of version {version!r}, not {VERSION}")
        reading.check("", values)
        if values["status"] not in STATUSES:
            raise ValueError(f"status is {values['status']!r} and not one of {', '.join(STATUSES)}")
        lists = {name: tuple(values.get(name, ())) for name in ("samples", "discarded", "trainings", "attempts")}
        if version == 1:
            lists = {name: tuple(map(_renamed, own)) for name, own in lists.items()}
        return cls(**{**values, **lists, "cell": Cell.from_dict(values["cell"]), "version": VERSION})


def _renamed(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample of version 1, which had another word for the name of the round that sides have in common."""
    return {"together" if name == "heat" else name: value for name, value in sample.items()}


_FIELDS = tuple(field.name for field in fields(Record))
