"""The plugin: turns suites into tests, measures them, and shows what came of it.

Here are the hooks that come before anything is known of suites. Roles are given in roles.py: a plain run collects and
controls in one process, under pytest-xdist the workers collect and the controller shows. In a run without suites
nothing of this does anything, and most of it is not even imported.
"""

from copy import copy

import pytest

from swapbench.base import session
from swapbench.base.error import SwapError
from swapbench.plan import table
from swapbench.plugin import options, seam
from swapbench.plugin.collecting import Collecting
from swapbench.plugin.fan import Fan

_COLLECTING = pytest.StashKey[Collecting]()
_ASKED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Settle what the arguments mean; which files they name must be known before the conftest files beside them."""
    try:
        args[:0] = table.arguments(early_config.rootpath, args)
    except SwapError as error:
        raise pytest.UsageError(str(error)) from error
    options.settle_arguments(args)
    settled = parser.parse_known_args(args, copy(early_config.option))
    if settled.swap_otherwise and not settled.file_or_dir:
        args.append(settled.swap_otherwise)
        settled = parser.parse_known_args(args, copy(early_config.option))
    early_config.known_args_namespace.file_or_dir = settled.file_or_dir
    early_config.stash[_ASKED] = any(argument.startswith("--swap-") for argument in args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    seam.install()
    config.addinivalue_line("markers", options.MARKER_HELP)
    given = getattr(config, "workerinput", None)
    if given is not None:
        session.begin(given["swapbench_environment"])
    collecting = config.stash[_COLLECTING] = Collecting(config)
    config.pluginmanager.register(collecting, "swapbench-collecting")
    if given is None and getattr(config.option, "dist", "no") != "no":
        config.pluginmanager.register(Fan(config, collecting), "swapbench-fan")
    if config.stash.get(_ASKED, False):  # what is asked for is checked before anything is collected
        try:
            collecting.roles()
        except SwapError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    if _COLLECTING in config.stash:
        config.stash[_COLLECTING].close()
    seam.uninstall()


@pytest.fixture(scope="session")
def swapbench(request: pytest.FixtureRequest) -> object:
    """Measures the cells of suites; used by the tests that `Suite.tests()` returns."""
    return request.config.stash[_COLLECTING].roles().runner
