"""Source: what a file of Python says of the modules and files that it will use, read without running it."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Whoever uses one of these decides at run time what is imported or executed, or from where.
_COMPUTING = {
    *("import_module", "__import__", "spec_from_file_location", "SourceFileLoader", "exec_module", "load_module"),
    *("iter_modules", "walk_packages", "extend_path", "addsitedir", "entry_points", "run_path", "run_module"),
}
# Whoever starts another program may start Python with any file.
_STARTERS = {"subprocess", "pty"}
_OS_STARTERS = ("exec", "spawn", "posix_spawn", "system", "popen")
# Whoever lists a folder may read any file in it.
_LISTERS = {"iterdir", "glob", "rglob", "listdir", "scandir", "walk"}
_BUILT_IN = {"exec", "eval"}  # as methods these mean something else, such as model.eval()
_PATHS = {"path", "meta_path", "path_hooks"}  # of sys
_DOTTED = re.compile(r"\.*[^\W\d]\w*(\.[^\W\d]\w*)*(:[\w.]+)?")
_WRITING = re.compile(r"[rbt]*[wax+][wax+rbt]*")
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Source:
    """What one file says.

    `imports` are (level, module, names taken from it) of its import statements, level 0 being absolute; `strings` its
    texts that may be names, docstrings left out; `written` the names of what it writes itself; `called` the modules it
    imports by a call with their name; `computed` tells whether it imports or executes what no text in it names for
    certain; `lists` that it lists folders.
    """

    imports: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    strings: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    computed: bool = False
    lists: bool = False

    def modules(self, package: str) -> Iterator[str]:
        """Yield the modules it may import, and attributes that may be modules, given the package that it is in."""
        for level, module, names in self.imports:
            base = absolute("." * level + module, package)
            yield base
            yield from (f"{base}.{name}" for name in names if name != "*")
        for text in self.strings:
            if _DOTTED.fullmatch(text) and ("." in text or ":" in text):
                yield absolute(text.partition(":")[0], package)
        yield from (absolute(name, package) for name in self.called)

    @property
    def prose(self) -> bool:
        """Whether it has to do with files of the kinds, or in the folder, that are documentation elsewhere."""
        return any(text.endswith((".md", ".rst", "docs")) or text.startswith("docs/") for text in self.strings)


@cache
def source(path: Path) -> Source:
    """Read a file; nothing is known of one that cannot be parsed, and the child that imports it says why."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two of brackets in brackets
        return Source()
    nodes = list(ast.walk(tree))
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    calls = [
        node for node in nodes if isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"}
    ]
    called = {node.func: name for node in calls if (name := _called(node)) is not None}
    return Source(
        tuple(_imports(nodes)),
        frozenset(map(_short, strings - _docstrings(nodes))),
        frozenset(text for node in nodes if isinstance(node, ast.Call) and _writes(node) for text in _texts(node)),
        frozenset(called.values()),
        computed=any(_computes(node) for node in nodes if node not in called) or bool(strings & _COMPUTING),
        lists=any(_name(node) in _LISTERS for node in nodes),
    )


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)


def _computes(node: ast.AST) -> bool:
    """Tell whether a node is a use of what imports or executes by a computed name, under whatever name of its own."""
    if isinstance(node, ast.alias):
        return node.name in _STARTERS or (node.name in _COMPUTING and node.asname is not None)
    if isinstance(node, ast.ImportFrom):
        return node.module in _STARTERS
    if isinstance(node, ast.Name):
        return node.id in _BUILT_IN | _COMPUTING
    owner = _name(node.value) if isinstance(node, ast.Attribute) else ""
    on_path = owner == "sys" and _name(node) in _PATHS
    starts = (owner == "os" and _name(node).startswith(_OS_STARTERS)) or _name(node).startswith("create_subprocess_")
    return on_path or starts or _name(node) in _COMPUTING


def _called(call: ast.Call) -> str | None:
    """Return the name of a module that a call imports, where it says that name in full."""
    match call.args:
        case [ast.Constant(value=str(name)), *_] if not name.startswith("."):
            return name
        case [ast.Constant(value=str(name)), ast.Name(id="__package__")]:
            return name
    return None


def absolute(name: str, package: str) -> str:
    """Return the name of a module that may begin with dots, seen from inside a package."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parents = package.split(".")
    return ".".join(filter(None, [*parents[: len(parents) - level + 1], name[level:]]))


def _writes(call: ast.Call) -> bool:
    """Tell whether a call opens or makes a file for writing, so that the texts in it name a result and no input."""
    name = _name(call.func)
    modes = [value for value in (*call.args, *(keyword.value for keyword in call.keywords)) if _mode(value)]
    return name in {"write_text", "write_bytes", "touch"} or (name == "open" and bool(modes))


def _mode(value: ast.expr) -> bool:
    text = value.value if isinstance(value, ast.Constant) else None
    return isinstance(text, str) and bool(_WRITING.fullmatch(text))


def _texts(node: ast.AST) -> Iterator[str]:
    constants = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    yield from (value for value in constants if isinstance(value, str))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _short(text: str) -> str:
    """Keep of a long text only its end, which tells the kind of file that it may name."""
    return text if len(text) <= _LONGEST_NAME else text[-16:]


def _docstrings(nodes: Iterable[ast.AST]) -> set[str]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {ast.get_docstring(node, clean=False) or "" for node in nodes if isinstance(node, kinds)}
