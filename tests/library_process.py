"""A process that may import numeric libraries, for tests that must not."""

import importlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from helpers import require

PATIENCE_S = 120
# With AVX-512, oneDNN gives what was in memory before for some convolutions of one channel.
_KEPT = {"TF_CPP_MIN_LOG_LEVEL": "3", "ONEDNN_MAX_CPU_ISA": "AVX2", "PYTHONWARNINGS": "error"}
_ONE = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")

# Calls a function with arguments: itself, or "module:name" where the module imports what this process must not.
Ask = Callable[..., Any]


@contextmanager
def process(*libraries: str, **environment: str) -> Iterator[Ask]:
    """Yield what calls functions in one process with one thread for each library, where warnings are errors too."""
    require(*libraries)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with pytest.MonkeyPatch.context() as patch:  # for its start alone: others go on in this process meanwhile
            for name, value in {**_ONE, **_KEPT, **environment}.items():
                patch.setenv(name, value)
            pool.submit(_called, os.getpid).result(PATIENCE_S)
        yield lambda function, *arguments: pool.submit(_called, function, *arguments).result(PATIENCE_S)


def _called(function: Callable[..., Any] | str, *arguments: Any) -> Any:
    if isinstance(function, str):
        module, _, name = function.partition(":")
        function = getattr(importlib.import_module(module), name)
    return function(*arguments)
