"""A generated module: its source as a file under a name of its own, imported from there."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from swapbench_models.neural.error import NeuralError


def write(source: str, folder: Path) -> Path:
    """Write a source into a folder, under the name of its digest, and return the file."""
    file = folder / f"network_{hashlib.sha256(source.encode()).hexdigest()[:16]}.py"
    file.write_text(source, encoding="utf-8")
    return file


def load(file: Path) -> ModuleType:
    """Import a generated file; the interpreter finds it by its path alone, and writes no bytecode beside it."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise NeuralError(f"{file}: is no Python file; give one that was generated.")
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except OSError as error:
        raise NeuralError(f"{file}: cannot be read ({error.strerror}); generate it again.") from error
    finally:
        sys.dont_write_bytecode = written
    return module
