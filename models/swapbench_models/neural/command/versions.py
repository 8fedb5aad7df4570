"""The command `version`, and the option: what is installed, asked of its packages and not imported."""

import argparse
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

# What the command works with, by the names under which it is installed.
_PACKAGES = (
    "swapbench", "numpy", "scikit-learn", "torch", "tensorflow", "keras", "jax", "onnx", "onnxruntime", "optuna",
    "matplotlib",
)  # fmt: skip


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add version."""
    parser = commands.add_parser("version", help="say what is installed, and in which version")
    parser.set_defaults(command=_version)
    parser.add_argument("--json", action="store_true", help="print JSON")


class Version(argparse.Action):
    """The option that does what the command does, and ends."""

    def __init__(self, option_strings: list[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print("\n".join(_lines()))
        parser.exit()


def _version(options: argparse.Namespace) -> int:
    print(json.dumps(_found(), indent=2) if options.json else "\n".join(_lines()))
    return 0


def _lines() -> list[str]:
    return [f"{name:{max(map(len, _PACKAGES))}}  {found or 'not installed'}" for name, found in _found().items()]


def _found() -> dict[str, str | None]:
    return {**{name: _installed(name) for name in _PACKAGES}, "python": platform.python_version()}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
