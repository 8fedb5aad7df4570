"""Tokens: the words, numbers, strings and marks that a text consists of."""

import re
from typing import NamedTuple

from swapbench_models.neural.language.fault import Faulty

NAME, NUMBER, STRING, MARK, END = "name", "number", "string", "mark", "end"

# One match takes what is between two tokens, which means nothing, and the second of them. `*+` never gives back what it
# took, so that no text makes the expression try twice.
_TOKEN = re.compile(
    r"""
    (?: \s+ | \#[^\n]* | //[^\n]* | /\*[^*]*\*++(?:[^/*][^*]*\*++)*+/ )*+
    (?: ([A-Za-z_][A-Za-z_0-9]*)
      | ((?: [0-9]+(?:\.[0-9]*)? | \.[0-9]+ )(?:[eE][+-]?[0-9]+)?)
      | ("(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+')
      | (/\*.* | "[^\n]* | '[^\n]* | .)
      | (\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_KINDS = ("", NAME, NUMBER, STRING, MARK, END)
# Published files have up to some 800. Reading takes its time for these, and next to none for what is between them.
MOST = 1 << 15


class Tokens(NamedTuple):
    """The tokens of a text: kind, text and offset of each, in three lists of the same length; the last is the end."""

    kinds: list[str]
    texts: list[str]
    starts: list[int]


def tokens(text: str) -> Tokens:
    """Return the tokens of a text; what begins none is a mark for the parser to refuse.

    A comment that is never closed takes the rest of the text, a string the rest of its line. Raises Faulty where there
    are more than MOST.
    """
    kinds, texts, starts = [], [], []
    for number, match in enumerate(_TOKEN.finditer(text)):
        group = match.lastindex or 0
        if number > MOST:
            told = f"a text has at most {MOST:,} words, numbers, strings and marks; make several of it"
            raise Faulty(match.start(group), told)
        kinds.append(_KINDS[group])
        texts.append(match[group])
        starts.append(match.start(group))
        if group == len(_KINDS) - 1:  # the empty match at the end could be found a second time
            break
    return Tokens(kinds, texts, starts)
