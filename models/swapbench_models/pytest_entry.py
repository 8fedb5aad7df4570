"""Where pytest enters: hands over to the instrument's plugin, or keeps out of the way.

This lies here because pytest loads every installed plugin before it looks at a project. In one that has a package
called swapbench of its own, that is what the name means, and importing the plugin by it would end pytest, or hide the
project's package from its own tests.
"""

import importlib
from importlib.machinery import PathFinder
from pathlib import Path


class KeptOut:
    """Stands for the plugin in a project with a package swapbench of its own."""

    @staticmethod
    def pytest_report_header() -> str:
        return "swapbench: off, for this project has a package swapbench of its own"


def _plugin() -> object:
    """Return the plugin where `swapbench` is the instrument, which its files tell; nothing is imported to find out."""
    found = PathFinder.find_spec("swapbench")
    places = [Path(place) for place in (found.submodule_search_locations if found else None) or ()]
    for folder in (Path(), Path("src")):  # a conftest.py or a setting may put it on the path later
        for theirs in (folder / "swapbench.py", folder / "swapbench" / "__init__.py"):
            if theirs.is_file():
                places.insert(0, theirs.absolute().parent)
    if not places or not (places[0] / "plugin" / "plugin.py").is_file():
        return KeptOut()
    return importlib.import_module("swapbench.plugin.plugin")


plugin = _plugin()
