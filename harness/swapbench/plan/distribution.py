"""Distributions: what is installed, which of it owns a module, and what tells one installation from another."""

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What lists of files have that says how and where something was installed, and nothing of what it is: scripts begin
# with the path of their interpreter.
_OF_PLACE = re.compile(r"__pycache__|^(\.\./)+bin/|\.dist-info/(INSTALLER|REQUESTED|direct_url\.json),")


@cache
def owners() -> Mapping[str, list[str]]:
    """Return the distributions that bring each top module or package that is installed.

    What `importlib.metadata.packages_distributions` returns, which makes an object of each installed file: beside torch
    and TensorFlow that is a third of a second in every run.
    """
    found: dict[str, list[str]] = {}
    for distribution in importlib.metadata.distributions():
        for top in _tops(distribution):
            found.setdefault(top, []).append(_name(distribution))
    return found


def _tops(distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the top modules and packages that a distribution declares, or else has Python files of."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    if declared:
        return set(declared)
    recorded = distribution.read_text("RECORD")
    if recorded is None:
        files = list(map(str, distribution.files or ()))
    else:
        files = [line.partition(",")[0] for line in recorded.splitlines()]
    return {file.partition("/")[0].removesuffix(".py") for file in files if file.endswith(".py")}


def _name(distribution: importlib.metadata.Distribution) -> str:
    found = re.search(r"^Name: *(.+)$", distribution.read_text("METADATA") or "", re.MULTILINE)
    return found[1] if found else distribution.metadata["Name"]


def with_requirements(names: Iterable[str]) -> tuple[str, ...]:
    """Return some distributions and all installed ones that they need, by their normalized names in order.

    What only extras ask for is left out: nobody can tell whether they were meant.
    """
    found: set[str] = set()
    waiting = list(map(normalized, names))
    while waiting:
        name = waiting.pop()
        if name not in found and fingerprint(name) is not None:
            found.add(name)
            waiting.extend(requirements(name))
    return tuple(sorted(found))


@cache
def fingerprint(name: str) -> str | None:
    """Return a distribution's version with the digest of the list of its files and their checksums; None when it is not
    installed.

    The version alone does not tell builds apart, nor two installations of a project that nobody gave a new version.
    """
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    files = [line for line in (distribution.read_text("RECORD") or "").splitlines() if not _OF_PLACE.search(line)]
    listed = hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()
    return f"{distribution.version} {listed[:32]}"


@cache
def requirements(name: str) -> tuple[str, ...]:
    """Return what an installed distribution needs, extras left out."""
    declared = importlib.metadata.distribution(name).requires or []
    needed = [text for text in declared if not re.search(r"\bextra\s*==", text)]
    return tuple(normalized(match[0]) for text in needed if (match := re.match(r"[\w.-]+", text)))


def copied_from(name: str) -> Path | None:
    """Return the folder or file on this machine that a distribution was copied from when it was installed, or None."""
    try:
        told = json.loads(importlib.metadata.distribution(name).read_text("direct_url.json") or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None
    url = urlsplit(str(told.get("url", "")))
    editable = told.get("dir_info", {}).get("editable", False)
    return Path(unquote(url.path)) if url.scheme == "file" and not editable else None


def normalized(name: str) -> str:
    """Return the one way of writing a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
