"""Page: the whole summary as one HTML file that needs a browser and nothing else, neither server nor network."""

import base64
import gzip
import hashlib
import importlib
import importlib.util
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from swapbench.base.error import SwapError
from swapbench.show.content import content
from swapbench.show.summary import Summary

# A sign that says in which direction letters are read, as JSON has it.
_TURNS = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:061c|200[ef]|202[a-e]|206[6-9])")
_SCRIPTS = ("base", "charts", "comparison", "scores", "cells", "history", "page")


def check() -> None:
    """Raise SwapError when pages cannot be made, for want of the library that draws their charts."""
    if importlib.util.find_spec("plotly") is None:
        raise SwapError("A report in HTML needs plotly: pip install 'swapbench[report]'.")


def page(summary: Summary) -> str:
    """Return a summary as a page; where it has a baseline, its samples stand beside those of the run.

    Nothing in it can load or send anything: its policy allows the two scripts that are written here, by their digests.
    Raises SwapError when plotly is not installed.
    """
    check()
    script, library = _script(), importlib.import_module("plotly.offline").get_plotlyjs()
    return Template(_asset("page.html")).substitute(
        policy=_policy(script, library),
        style=_asset("page.css"),
        data=_text(content(summary)),
        library=base64.b64encode(gzip.compress(library.encode(), mtime=0)).decode(),
        script=script,
    )


def _script() -> str:
    """Return all scripts as one, whose names are its own: plotly's and the browser's stay as they are."""
    return "\n".join(['(() => {\n"use strict";', *(_asset(f"{name}.js") for name in _SCRIPTS), "})();\n"])


def _asset(name: str) -> str:
    return (files("swapbench.show") / "assets" / name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    # Plotly styles what it draws inline.
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _text(values: Mapping[str, Any]) -> str:
    """Return JSON that no name in it can end, for without '<' there is no markup, and in which none turns round what
    stands beside it."""
    return _TURNS.sub(r"\1\\ufffd", json.dumps(values, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))
