"""A cursor: where a parser stands among the tokens, how it moves on, and how it goes on after a fault."""

from collections.abc import Callable
from typing import TypeVar

from swapbench_models.neural.language.fault import Faults, Faulty
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tokens import END, MARK, NAME, tokens

# What begins an item of a file.
ITEMS = ("network", "define", "research")

# Far beyond what people write, and far from what the interpreter's own stack holds.
DEEPEST = 64

_T = TypeVar("_T")


class Cursor:
    """The tokens of a source, the number of the next one, and what was found wrong so far.

    `text`, where given, is what a string of the source holds that stands at `at` or behind it.
    """

    def __init__(self, source: Source, text: str | None = None, at: int = 0) -> None:
        self._text = source.text
        self._kinds, self._texts, self._starts = tokens(source.text if text is None else text)
        if text is not None:
            start = source.text.find(text, at)  # not found where it has escapes
            self._starts = [at if start < 0 else start + each for each in self._starts]
        self._next = 0
        self._depth = 0
        self.faults = Faults()

    def end(self, what: str) -> None:
        """Refuse whatever follows."""
        if self._kinds[self._next] is not END:
            raise Faulty(self._starts[self._next], f"expected nothing after {what}, found {self._found()}")

    def _advance(self) -> int:
        """Step over a token and return where it stood."""
        at = self._starts[self._next]
        self._next += 1
        return at

    def _took(self, mark: str) -> bool:
        if self._texts[self._next] == mark and self._kinds[self._next] is MARK:
            self._next += 1
            return True
        return False

    def _expect(self, mark: str, where: str) -> None:
        if not self._took(mark):
            raise Faulty(self._starts[self._next], f"expected {mark} {where}, found {self._found()}")

    def _close(self, closing: str, opening: int) -> None:
        if not self._took(closing):
            at = self._starts[self._next]
            raise Faulty(
                at,
                f"expected , or {closing} for the {self._text[opening]} in line {self._line(opening)}, "
                f"found {self._found()}",
            )

    def _name(self, what: str) -> str:
        if self._kinds[self._next] is not NAME:
            raise Faulty(self._starts[self._next], f"expected {what}, found {self._found()}")
        self._next += 1
        return self._texts[self._next - 1]

    def _braces(self, statement: Callable[[], None], what: str) -> None:
        """Read statements between braces, each with its own faults."""
        opening = self._starts[self._next]
        self._expect("{", f"to begin {what}")
        self._deeper(lambda: self._statements(statement, opening))

    def _statements(self, statement: Callable[[], None], opening: int) -> None:
        while not self._took("}"):
            if self._kinds[self._next] is END:
                raise Faulty(opening, "this { is never closed: the text ends before its }")
            if not (self._took(";") or self._took(",")):
                self._try(statement, self._to_statement)

    def _deeper(self, rule: Callable[[], _T]) -> _T:
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise Faulty(self._starts[self._next], f"nested more than {DEEPEST} deep; expected a flatter network")
            return rule()
        finally:
            self._depth -= 1

    def _try(self, rule: Callable[[], None], recover: Callable[[], None]) -> None:
        """Apply a rule; what is wrong is noted, and reading goes on where the next statement begins."""
        start, depth = self._next, self._depth
        try:
            rule()
        except Faulty as error:
            self._depth = depth
            self.faults.add(error.fault.at, error.fault.message)
            if self._next == start and self._kinds[start] is not END:
                self._next += 1
            recover()

    def _to_statement(self) -> None:
        """Move to the first word of a line, or to the brace that closes this block."""
        open_ = 0
        while self._kinds[self._next] is not END:
            text = self._texts[self._next]
            if open_ <= 0 and (text == "}" or (self._kinds[self._next] is NAME and self._begins_line())):
                return
            open_ += (text in {"{", "(", "["}) - (text in {"}", ")", "]"})
            self._next += 1

    def _to_item(self) -> None:
        while self._kinds[self._next] is not END and not (
            self._texts[self._next] in ITEMS and self._begins_line() and self._texts[self._next + 1] != ":"
        ):
            self._next += 1

    def _begins_line(self) -> bool:
        if self._next == 0:
            return True
        before = self._starts[self._next - 1] + len(self._texts[self._next - 1])
        return "\n" in self._text[before : self._starts[self._next]]

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _found(self) -> str:
        """Name the next token as a message does."""
        kind, text = self._kinds[self._next], self._texts[self._next]
        if kind is END:
            return "the end of the text"
        if kind is MARK and text.startswith("/*"):
            return "a comment /* that is never closed"
        if kind is MARK and text[0] in {'"', "'"}:
            return "a string that is not closed in its line"
        return text if len(text) <= 40 else f"{text[:37]}..."
