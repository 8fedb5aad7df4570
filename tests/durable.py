"""Projects to be killed, interrupted and resumed, and what lies in their journals."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers import DATA, LIGHT, Project

MODELS = """
import os, time
import numpy as np
from pathlib import Path

def tell(line):
    with open("fits.log", "a") as log:
        log.write(line + "\\n")

class Model:
    def __init__(self, name):
        self.name = name

    def fit(self, X, y):
        tell(self.name)
        if os.fork() == 0:
            time.sleep(600)
        time.sleep(0.03)

    def predict(self, X):
        return np.zeros(len(X), int)
"""

SUITE = """
from swapbench import Model, Suite
from light import LIGHT

suite = Suite(
    "mine",
    models={{f"m{{i}}": Model({{"python": "{target}"}}, {{"name": f"m{{i}}"}}) for i in range({count})}},
    **LIGHT,
    folds=1,
    phases=["fit"],
)
(test_fit,) = suite.tests()
"""

ASSASSIN = """
import os, signal
from pathlib import Path
from model import Model, time

class Assassin(Model):
    \"\"\"Kills its fork server, or the worker above that, whichever the file `armed` says; once.\"\"\"

    def fit(self, X, y):
        if self.name == "m2" and Path("armed").exists():
            victim = Path("armed").read_text()
            Path("armed").unlink()
            server = Path(f"/proc/{os.getppid()}/stat").read_text()
            worker = int(server.rpartition(")")[2].split()[1])
            os.kill(worker if victim == "worker" else os.getppid(), signal.SIGKILL)
            time.sleep(600)
        super().fit(X, y)
"""

FRAIL = """
from pathlib import Path
from model import Model

class Frail(Model):
    def fit(self, X, y):
        if self.name == "m1" and Path("broken").exists():
            raise RuntimeError("the water is too cold")
        super().fit(X, y)
"""

ANOTHER = """
from model import Model

class Other(Model):
    pass
"""

OTHER_SUITE = """
from swapbench import Model, Suite
from light import LIGHT

suite = Suite("others", models={"other": Model({"python": "another:Other"}, {"name": "other"})}, **LIGHT,
    folds=1, phases=["fit"])
(test_other,) = suite.tests()
"""

LATE_KILL = """
import os, signal
from pathlib import Path

def pytest_runtest_teardown(item):
    if "m2" in item.name and Path("armed").exists():
        Path("armed").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
"""

INTERRUPTED = """
from pathlib import Path

def pytest_runtest_teardown(item):
    if "m1" in item.name and Path("armed").exists():
        Path("armed").unlink()
        raise KeyboardInterrupt
"""


def durable(folder: Path, target: str = "model:Model", count: int = 3) -> Project:
    suite = SUITE.format(target=target, count=count)
    models = {"model": MODELS, "assassin": ASSASSIN, "frail": FRAIL, "another": ANOTHER}
    return Project(folder).write(data=DATA, light=LIGHT, test_mine=suite, **models)


@dataclass
class Store:
    """What lies in a project's journal, read without the instrument's own reading."""

    project: Project

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.project.store / "journal.sqlite")) as database:
            yield database

    def bodies(self) -> dict[str, str]:
        """Return the records that ended well, as they were written, by the name of their model."""
        if not (self.project.store / "journal.sqlite").exists():
            return {}
        with self._open() as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
                return {}
            rows = database.execute("SELECT cell, body FROM records WHERE status = 'ok'").fetchall()
        return {json.loads(cell)["model"]: body for cell, body in rows}
