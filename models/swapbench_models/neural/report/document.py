"""The report as JSON: the list of pairs, each a record of both sides and their comparison."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from swapbench_models.neural.report.conditions import conditions
from swapbench_models.neural.report.difference import Difference
from swapbench_models.neural.report.equivalence import Check
from swapbench_models.neural.report.pair import Both, Pair
from swapbench_models.neural.report.run import Run
from swapbench_models.neural.report.side import Side
from swapbench_models.neural.report.spread import Spread

_MIB = 2**20  # what a megabyte is here
# The names of the fields, as the reference has them where it has any, with what they are of. The clock runs during
# training alone, so that both of its times are the same.
_TIMES = {
    "parse_time": "parse",
    "codegen_time": "generate",
    "build_time": "build",
    "training_time": "fit",
    "training_time_pure": "fit",
    "prediction_time": "predict",
}
_SCORES = {
    "final_loss": "log_loss",
    "final_accuracy": "accuracy",
    "macro_f1": "macro_f1",
    "lines_of_code": "lines_of_code",
}


def document(run: Run, pairs: Sequence[Pair]) -> str:
    """Return the text of the JSON. Times are in seconds, memory in MiB; null is what was not measured."""
    made = conditions(run, pairs)
    entries = [
        {
            "neural_dsl": _record(pair, pair.compiled, 1) | {"total_overhead": pair.overhead},
            "native": _record(pair, pair.native, 0),
            "comparison": _comparison(pair),
            "conditions": made,
        }
        for pair in pairs
    ]
    return json.dumps(entries, indent=2, allow_nan=False) + "\n"


def _record(pair: Pair, side: Side, place: int) -> dict[str, Any]:
    """Return a side, which has this place in what a pair has of both."""
    spreads = {name: (pair.times(phase)[place], 1) for name, phase in _TIMES.items()}
    spreads |= {"memory_used_mb": (pair.memories("fit")[place], _MIB)}
    spreads |= {"peak_memory_mb": (pair.processes("fit")[place], _MIB)}
    scores = {name: side.score(metric) for name, metric in _SCORES.items()}
    return {
        "model_name": pair.model,
        "backend": pair.backend,
        "framework": "neural_dsl" if side is pair.compiled else "native",
        "dataset": pair.dataset,
        "total_overhead": None,
        **{name: found and found.median / unit for name, (found, unit) in spreads.items()},
        **{name: found and found.value for name, found in scores.items()},
        "epochs_completed": side.epochs,
        "parameters": side.parameters,
        "spread": {
            **{name: _spread(found, unit) for name, (found, unit) in spreads.items()},
            **{
                name: found and {"n": len(side.scores(_SCORES[name])), "interval": found.interval}
                for name, found in scores.items()
            },
        },
        "missing": [gap.sentence() for gap in side.gaps],
    }


def _spread(found: Spread | None, unit: int) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "n": found.n,
        "quartiles": [end / unit for end in found.quartiles],
        "interval": found.interval and [end / unit for end in found.interval],
        "loaded": found.loaded,
    }


def _comparison(pair: Pair) -> dict[str, Any]:
    parse, generate = (pair.times(stage)[1] for stage in ("parse", "generate"))
    checks = {check.metric: check for check in pair.checks}
    lines = _means(pair, "lines_of_code")
    return {
        "model_name": pair.model,
        "backend": pair.backend,
        "dataset": pair.dataset,
        "overhead": {
            "parse_time": parse and parse.median,
            "codegen_time": generate and generate.median,
            "total_overhead": pair.overhead,
            "build_time": _difference(pair.times("build"), pair.time("build")),
        },
        "training_time": _difference(pair.times("fit"), pair.time("fit")),
        "prediction_time": _difference(pair.times("predict"), pair.time("predict")),
        "memory": _difference(pair.memories("fit"), pair.memory("fit"), _MIB, "_mb"),
        "accuracy": _check(pair, checks["accuracy"]),
        "loss": _check(pair, checks["log_loss"]),
        "lines_of_code": {**lines, "difference": _apart(lines)},
        "identical_predictions": pair.identical,
        "equivalent": pair.equivalent,
    }


def _difference(both: Both, found: Difference | None, unit: int = 1, ending: str = "") -> dict[str, Any]:
    native, compiled = both
    return {
        f"neural_dsl{ending}": compiled and compiled.median / unit,
        f"native{ending}": native and native.median / unit,
        f"difference{ending}": found and found.absolute / unit,
        "percentage": found and found.percentage,
        "shown": found and (found.shown or None),
        "not_shown_because": found and (found.unshown or None),
    }


def _check(pair: Pair, check: Check) -> dict[str, Any]:
    return {
        **_means(pair, check.metric),
        "difference": check.difference,
        "interval": check.interval,
        "largest_difference": check.largest,
        "n": len(check.differences),
        "allowed": check.limit,
        "status": check.status,
    }


def _means(pair: Pair, metric: str) -> dict[str, float | None]:
    found = {"neural_dsl": pair.compiled.score(metric), "native": pair.native.score(metric)}
    return {name: None if mean is None else mean.value for name, mean in found.items()}


def _apart(values: Mapping[str, float | None]) -> float | None:
    ours, theirs = values["neural_dsl"], values["native"]
    return None if ours is None or theirs is None else ours - theirs
