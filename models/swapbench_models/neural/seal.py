"""The seal of a file that the command has written: what it held then, so that it is known when somebody edits it.

It is the last thing in the file, and of a PNG the last chunk but one: a digest of all the rest.
"""

import hashlib
import re
import struct
import zlib

_WORDS = "written by swapbench_models.neural, sha256 of the rest"
_COMMENTS = {"py": "# {}", "neural": "# {}", "html": "<!-- {} -->", "svg": "<!-- {} -->", "md": "<!-- {} -->"}
_SEALED = re.compile(f"{_WORDS}: ([0-9a-f]{{64}})".encode())
_KEY = b"Seal\0"
# The end of every PNG: a chunk of no bytes.
_END = b"\0\0\0\0IEND\xaeB`\x82"

FORMS = (*_COMMENTS, "png")
# The command writes nothing nearly as large.
LARGEST = 1 << 28


def seal(content: bytes, form: str) -> bytes:
    """Return the content of a file in one of FORMS with its seal, which readers of the format pass over."""
    told = f"{_WORDS}: {hashlib.sha256(content).hexdigest()}"
    if form != "png":
        return content + f"{_COMMENTS[form].format(told)}\n".encode()
    chunk = b"tEXt" + _KEY + told.encode()
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return content.removesuffix(_END) + framed + _END


def sealed(content: bytes, form: str) -> bool | None:
    """Return whether a file is as the command wrote it; False where it was changed, None where it has no seal."""
    found = list(_SEALED.finditer(content))
    if not found:
        return None
    last = found[-1]
    start = last.start() - (8 + len(_KEY) if form == "png" else len(_COMMENTS[form].partition("{}")[0]))
    rest = content[: max(start, 0)] + (_END if form == "png" else b"")
    return seal(rest, form) == content
