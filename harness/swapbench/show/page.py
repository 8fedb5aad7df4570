"""Page: the whole summary as one HTML file that needs a browser and nothing else, neither server nor network."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from swapbench.show.content import content
from swapbench.show.summary import Summary

# A sign that says in which direction letters are read, as JSON has it.
_TURNS = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:061c|200[ef]|202[a-e]|206[6-9])")
_SCRIPTS = (
    *("base", "axes", "shapes", "plot", "pointer", "charts"),
    *("comparison", "scores", "cells", "history", "page"),
)


def page(summary: Summary) -> str:
    """Return a summary as a page; where it has a baseline, its samples stand beside those of the run.

    Nothing in it can load or send anything: its policy allows the script and the style that are written here, by their
    digests.
    """
    script, style = _script(), _asset("style.css") + _asset("page.css")
    return Template(_asset("page.html")).substitute(
        policy=f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; "
        "form-action 'none'",
        style=style,
        data=_text(content(summary)),
        script=script,
    )


def _script() -> str:
    """Return all scripts as one, whose names are its own: the browser's stay as they are."""
    return "\n".join(['(() => {\n"use strict";', *(_asset(f"{name}.js") for name in _SCRIPTS), "})();\n"])


def _asset(name: str) -> str:
    return (files("swapbench.show") / "assets" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(values: Mapping[str, Any]) -> str:
    """Return JSON that no name in it can end, for without '<' there is no markup, and in which none turns round what
    stands beside it."""
    return _TURNS.sub(r"\1\\ufffd", json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))
