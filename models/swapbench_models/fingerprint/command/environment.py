"""The environment: variables DFP_NAME that count where an option NAME is not given."""

import argparse
import os
from dataclasses import dataclass
from typing import Any

from swapbench_models.fingerprint.error import FingerprintError

_PREFIX = "DFP_"
_TRUTHS = {"1": True, "true": True, "yes": True, "on": True} | {
    "": False,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True)
class Variable:
    """A variable's text, which stands where an option was not given until it is known that its command is used: what is
    wrong with the options of other commands does not matter. `default` is what would stand there without it."""

    name: str
    text: str
    action: argparse.Action
    default: Any

    def value(self) -> Any:
        """Return what the option would be, had it been given; raises FingerprintError, naming the variable."""
        if isinstance(self.action.const, bool):
            if self.text.strip().lower() not in _TRUTHS:
                raise FingerprintError(f"{self.name}={self.text}: give true or false.")
            return _TRUTHS[self.text.strip().lower()]
        if isinstance(self.action, Several):
            return [self._one(part) for part in self.text.split(",")]
        return self._one(self.text)

    def _one(self, text: str) -> Any:
        read: Any = self.action.type if callable(self.action.type) else str
        try:
            value = read(text)
        except (ValueError, argparse.ArgumentTypeError) as error:
            raise FingerprintError(f"{self.name}={text}: {error}.") from error
        if self.action.choices is not None and value not in self.action.choices:
            raise FingerprintError(f"{self.name}={text}: choose one of {', '.join(map(str, self.action.choices))}.")
        return value


class Several(argparse.Action):
    """Takes values of an option that may be given several times, or several at once; those of the environment, or the
    default, count only where it is not given at all."""

    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _option: str | None = None
    ) -> None:
        given = getattr(namespace, self.dest, None)
        given = given if isinstance(given, _Given) else _Given()
        setattr(namespace, self.dest, _Given([*given, *(values if isinstance(values, list) else [values])]))


class _Given(list[Any]):
    """Values from the command line, which others are added to."""


def variable(name: str, action: argparse.Action) -> Variable | None:
    """Return the variable that stands for an option; None where it is not set."""
    key = f"{_PREFIX}{name.upper()}"
    text = os.environ.get(key)
    return None if text is None else Variable(key, text, action, action.default)


def resolved(options: argparse.Namespace) -> argparse.Namespace:
    """Return options with the values of the variables that stand in them; raises FingerprintError for what they cannot
    be."""
    for name, value in vars(options).items():
        if isinstance(value, Variable):
            setattr(options, name, value.value())
    return options
