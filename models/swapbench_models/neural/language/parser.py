"""The parser: from text to syntax tree, by recursive descent, one method for each rule of docs/network-language.md.

A fault ends the statement that it stands in, not the reading: what follows is read as well, so that one pass tells all
that is wrong.
"""

from dataclasses import dataclass

from swapbench_models.neural.language.cursor import ITEMS
from swapbench_models.neural.language.fault import Enough, Faults, Faulty, LanguageError, nearest
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tokens import END, NAME, STRING
from swapbench_models.neural.language.tree import (
    Branch,
    Choice,
    Define,
    Group,
    Layer,
    Name,
    Network,
    Program,
    Research,
    Setting,
    Value,
)
from swapbench_models.neural.language.value_parser import WORDS, ValueParser

# What may stand beside `layers:` in a network, and so ends them.
SECTIONS = frozenset(
    {"input", "layers", "loss", "optimizer", "metrics", "lr_schedule", "train", "execute", "execution"}
)
BLOCKS = frozenset({"input", "train", "execute", "execution"})


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read of a source: the tree, what is wrong with the grammar, and the names of macros begun.

    `words` is how many words, numbers, strings and marks were read.
    """

    source: Source
    program: Program
    faults: Faults
    macros: frozenset[str]
    words: int


def parse(source: Source) -> Program:
    """Return the tree of a source; raises LanguageError with everything that is wrong with its grammar."""
    found = read_all(source)
    if found.faults:
        raise LanguageError(source, found.faults)
    return found.program


def read_all(source: Source) -> Read:
    """Return what can be read of a source, faults and all."""
    try:
        parser = _Parser(source)
    except Faulty as error:  # it has more words than are read
        faults = Faults()
        faults.add(error.fault.at, error.fault.message)
        return Read(source, Program(()), faults, frozenset(), 0)
    program = parser.program()
    return Read(source, program, parser.faults, frozenset(parser.macros), parser.words)


def parse_value(source: Source, text: str, at: int) -> Value:
    """Return the value that a string of the source holds, such as `"Adam(learning_rate=0.001)"`; raises Faulty."""
    if text.isidentifier() and text.isascii() and text.lower() not in WORDS:  # a bare word, as most are
        return Name(text)
    parser = ValueParser(source, text, at)
    try:
        value = parser.value()
        parser.end("a value")
    except Faulty as error:
        raise Faulty(error.fault.at, f"in this string: {error.fault.message}") from None
    return value


class _Parser(ValueParser):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.macros: set[str] = set()
        self.words = len(self._kinds)

    def program(self) -> Program:
        """program := { network | define | research | ";" }"""
        items: list[Define | Network | Research] = []
        try:
            while self._kinds[self._next] is not END:
                if self._took(";"):
                    continue
                if self._texts[self._next] in ITEMS:
                    self._try(lambda: items.append(self._item()), self._to_item)
                else:
                    self._refuse_item()
        except Enough:
            pass
        if not items and not self.faults:
            self.faults.add(0, "there is nothing here; a file has at least one network { ... }")
        return Program(tuple(items))

    def _item(self) -> Define | Network | Research:
        match self._texts[self._next]:
            case "network":
                return self._network()
            case "define":
                return self._define()
        return self._research()

    def _refuse_item(self) -> None:
        found = self._found()
        near = nearest(self._texts[self._next], ITEMS) if self._kinds[self._next] is NAME else ""
        self.faults.add(self._starts[self._next], f"expected network, define or research, found {found}{near}")
        self._next += 1
        self._to_item()

    # Items

    def _network(self) -> Network:
        """network := "network" NAME "{" { section } "}" """
        at = self._advance()
        name = self._name("the network's name")
        layers: list[Layer | Branch] = []
        settings: list[Setting] = []
        seen: dict[str, int] = {}
        before = len(self.faults)

        def section() -> None:
            start, word = self._starts[self._next], self._texts[self._next]
            if word in seen:
                raise Faulty(start, f"{word} is said twice; the first is in line {self._line(seen[word])}")
            if word in SECTIONS:
                seen[word] = start
            if word == "layers":
                self._advance()
                self._expect(":", "after layers")
                self._layers(layers)
            else:
                settings.append(self._setting())

        self._try(lambda: self._braces(section, "the network"), self._to_item)
        if "layers" not in seen and len(self.faults) == before:
            self.faults.add(at, f"network {name} has no layers: say `layers:` and list them")
        return Network(name, tuple(layers), tuple(settings), at=at)

    def _define(self) -> Define:
        """define := "define" NAME [ "(" [ NAME { "," NAME } ] ")" ] block"""
        at = self._advance()
        name = self._name("the macro's name")
        self.macros.add(name)
        parameters: dict[str, None] = {}
        if self._took("("):
            while not self._took(")"):
                self._took("$")
                place = self._starts[self._next]
                parameter = self._name("the name of an argument, or )")
                if parameter in parameters:
                    raise Faulty(place, f"{name} has an argument {parameter} already")
                parameters[parameter] = None
                if not self._took(","):
                    self._expect(")", "after the macro's arguments")
                    break
        return Define(name, tuple(parameters), self._block(), at=at)

    def _research(self) -> Research:
        """research := "research" [ NAME ] group"""
        at = self._advance()
        name = self._name("a name") if self._kinds[self._next] is NAME else None
        return Research(name, self._group().settings, at=at)

    # Layers

    def _layers(self, into: list[Layer | Branch]) -> None:
        """layers := "[" [ statement { "," statement } ] "]" | { statement }"""
        listed = self._took("[")
        while not self._ends_layers(listed):
            self._try(lambda: into.append(self._statement()), self._to_statement)
            while self._took(",") or self._took(";"):
                pass
        if listed:
            self._expect("]", "after the last layer")

    def _ends_layers(self, listed: bool) -> bool:
        word = self._texts[self._next]
        if word in {"}", "]", ""} or self._kinds[self._next] is END:
            return True
        if listed or self._kinds[self._next] is not NAME:
            return False
        following = self._texts[self._next + 1]
        if word in SECTIONS and following in {":", "{"}:
            return following == ":" or word in BLOCKS
        # What is no section and yet looks like a setting: its own rule says that it is unknown.
        return following == ":" and self._texts[self._next + 2] != "{"

    def _statement(self) -> Layer | Branch:
        """statement := NAME ":" block [ times ] | NAME [ arguments ] { device | block | times }"""
        at = self._starts[self._next]
        name = self._name("a layer")
        if self._texts[self._next] == ":":
            self._advance()
            body = self._block()
            return Branch(name, body, self._times() if self._texts[self._next] == "*" else 1, at=at)
        arguments = self._arguments() if self._texts[self._next] == "(" else ()
        body_, device, times = None, None, None
        while True:
            mark = self._texts[self._next]
            place = self._starts[self._next]
            if mark == "{" and body_ is None:
                body_ = self._block()
            elif mark == "@" and device is None:
                device = self._device()
            elif mark == "*" and times is None:
                times = (self._times(),)
            elif mark in {"{", "@", "*"}:
                raise Faulty(place, f"{name} has its {_TWICE[mark]} already")
            else:
                return Layer(name, arguments, body_, device, times[0] if times else 1, at=at)

    def _times(self) -> Value:
        """times := "*" ( NUMBER | variable | "(" value ")" )"""
        self._advance()
        return self._primary()

    def _device(self) -> str:
        """device := "@" STRING"""
        self._advance()
        if self._kinds[self._next] is not STRING:
            raise Faulty(self._starts[self._next], f'expected a device such as "cuda:0", found {self._found()}')
        return self._string()

    def _block(self) -> tuple[Layer | Branch, ...]:
        """block := "{" { statement [ ";" | "," ] } "}" """
        layers: list[Layer | Branch] = []

        def statement() -> None:
            layers.append(self._statement())

        self._braces(statement, "the block")
        return tuple(layers)

    # Settings

    def _setting(self) -> Setting:
        """setting := NAME ":" ( value | group ) | NAME group"""
        at = self._starts[self._next]
        name = self._name("a setting")
        if self._texts[self._next] == "{":
            return Setting(name, self._group(), at=at)
        if not (self._took(":") or self._took("=")):
            near = nearest(name, SECTIONS)
            raise Faulty(at, f"expected `{name}: value`, found {self._found()} after {name}{near}")
        if self._texts[self._next] == "{":
            return Setting(name, self._group(), at=at)
        value = self.value()
        if name == "input" and self._texts[self._next] == ",":  # several inputs, each with its shape
            shapes = [value]
            while self._texts[self._next + 1] == "(" and self._took(","):
                shapes.append(self.value())
            value = Choice(tuple(shapes), at=at)
        return Setting(name, value, at=at)

    def _group(self) -> Group:
        """group := "{" { setting [ ";" | "," ] } "}" """
        at = self._starts[self._next]
        settings: list[Setting] = []
        self._braces(lambda: settings.append(self._setting()), "the group")
        return Group(tuple(settings), at=at)


_TWICE = {"{": "block", "@": "device", "*": "number of repetitions"}
