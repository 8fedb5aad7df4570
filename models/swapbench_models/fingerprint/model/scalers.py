"""Scalers: numbers on a common scale, by a rule learned from some of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from swapbench_models.fingerprint.error import FingerprintError

Values = NDArray[np.float64]

# A normal distribution's standard deviation over its median and its mean absolute deviation, as Iglewicz and Hoaglin
# round them (How to Detect and Handle Outliers, 1993).
_OF_MEDIAN_DEVIATION, _OF_MEAN_DEVIATION = 1.486, 1.253314
_RANKS = 1000


class Scaler(Protocol):
    """Moves values to a common scale, on which `centre` is zero, and back; `numbers` are all that it learned, `as_dict`
    the same as plain JSON values, which `scaler` reads."""

    @property
    def centre(self) -> float: ...

    @property
    def numbers(self) -> tuple[float, ...]: ...

    def scale(self, values: Values) -> Values: ...

    def restore(self, scaled: Values) -> Values: ...

    def as_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Affine:
    """(value - centre) / spread."""

    centre: float
    spread: float

    @property
    def numbers(self) -> tuple[float, ...]:
        return self.centre, self.spread

    def scale(self, values: Values) -> Values:
        return (values - self.centre) / self.spread

    def restore(self, scaled: Values) -> Values:
        return scaled * self.spread + self.centre

    def as_dict(self) -> dict[str, Any]:
        return {"centre": self.centre, "spread": self.spread}


@dataclass(frozen=True)
class Ranks:
    """The place of a value among those seen, as a deviate of the normal distribution, within 5.2 of 0.

    Between the `quantiles` seen, places are interpolated; beyond them they stay at the ends.
    """

    quantiles: tuple[float, ...]

    @property
    def centre(self) -> float:
        return self.quantiles[len(self.quantiles) // 2]

    @property
    def numbers(self) -> tuple[float, ...]:
        return self.quantiles

    def scale(self, values: Values) -> Values:
        scaled: Values = self._fitted().transform(values[:, None])[:, 0]
        return scaled

    def restore(self, scaled: Values) -> Values:
        values: Values = self._fitted().inverse_transform(scaled[:, None])[:, 0]
        return values

    def as_dict(self) -> dict[str, Any]:
        return {"quantiles": list(self.quantiles)}

    def _fitted(self) -> Any:
        from sklearn.preprocessing import QuantileTransformer

        count = len(self.quantiles)
        made = QuantileTransformer(n_quantiles=count, output_distribution="normal")
        made.quantiles_, made.references_ = np.array(self.quantiles)[:, None], np.linspace(0, 1, count)
        made.n_quantiles_, made.n_features_in_ = count, 1
        return made


def standard(values: Values, ddof: int = 0) -> Affine:
    """Return mean and standard deviation; a spread of zero counts as one."""
    return Affine(float(values.mean()), _positive(float(values.std(ddof=ddof))))


def modified(values: Values) -> Affine:
    """Return the median and its robust spread: from the median absolute deviation, where that is zero from the mean
    one, and where that is zero too one. Of two middle values the lower is the median, as for the reference."""
    centre = _median(values)
    apart = np.abs(values - centre)
    spread = _OF_MEDIAN_DEVIATION * _median(apart) or _OF_MEAN_DEVIATION * float(apart.mean())
    return Affine(centre, _positive(spread))


def gauss_rank(values: Values) -> Ranks:
    """Return up to a thousand quantiles of the values."""
    places = np.linspace(0, 1, min(_RANKS, len(values)))
    return Ranks(tuple(np.maximum.accumulate(np.quantile(values, places)).tolist()))


def none(_values: Values) -> Affine:
    """Return what leaves values as they are."""
    return Affine(0.0, 1.0)


RULES: Mapping[str, Callable[[Values], Scaler]] = {
    "standard": standard,
    "modified": modified,
    "gauss_rank": gauss_rank,
    "none": none,
}


def learned(rule: str, values: Sequence[float] | Values) -> Scaler:
    """Return the scaler that a rule of RULES learns from values, of which those that are no number do not count."""
    if rule not in RULES:
        raise FingerprintError(f"There is no scaler '{rule}'; choose one of {', '.join(RULES)}.")
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return RULES[rule](known) if len(known) else none(known)


def scaler(values: Mapping[str, Any]) -> Scaler:
    """Read what as_dict gave."""
    return Ranks(tuple(values["quantiles"])) if "quantiles" in values else Affine(values["centre"], values["spread"])


def _median(values: Values) -> float:
    return float(np.sort(values)[(len(values) - 1) // 2])


def _positive(spread: float) -> float:
    return spread or 1.0
