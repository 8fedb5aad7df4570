"""Tokens: the words, numbers, strings and marks that a text consists of."""

import re
from typing import NamedTuple

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


class Tokens(NamedTuple):
    """The tokens of a text: kind, text and offset of each, in three lists of the same length; the last is the end."""

    kinds: list[str]
    texts: list[str]
    starts: list[int]


def tokens(text: str) -> Tokens:
    """Return the tokens of a text; what begins none is a mark for the parser to refuse.

    A comment that is never closed takes the rest of the text, a string the rest of its line.
    """
    kinds, texts, starts = [], [], []
    for match in _TOKEN.finditer(text):
        group = match.lastindex or 0
        kinds.append(_KINDS[group])
        texts.append(match[group])
        starts.append(match.start(group))
        if group == len(_KINDS) - 1:  # the empty match at the end could be found a second time
            break
    return Tokens(kinds, texts, starts)
