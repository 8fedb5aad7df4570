"""What the documentation shows works as it stands there."""

import re
from pathlib import Path

from sandbox import Sandbox

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"```python\n# (?P<path>\S+)\n(?P<code>.*?)```", re.DOTALL)


def test_the_example_of_ones_own_models_runs(sandbox: Sandbox) -> None:
    files = {match["path"]: match["code"] for match in _BLOCK.finditer((DOCS / "your-own-models.md").read_text())}
    assert set(files) == {"bench/test_mine.py", "mypkg/data.py", "mypkg/nearest.py"}
    for name, code in files.items():
        path = sandbox.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)

    run = sandbox.run("bench/", "--benchmark-only", "-q")

    assert run.status == 0, run.output
    assert run.outcomes == {"passed": 12}
    for line in ("mine on data, quick, 3 folds", r"forest +sklearn", r"mean +python", ".*12 cells: 12 ok"):
        assert re.search(f"^{line}", run.out, re.MULTILINE)


def test_the_declaration_takes_about_ten_lines() -> None:
    code = _BLOCK.search((DOCS / "your-own-models.md").read_text())
    assert code is not None
    assert len([line for line in code["code"].splitlines() if line.strip() not in ("", ")", "},")]) <= 11
