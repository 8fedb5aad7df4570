"""Devices by the names that the language has for them."""

import re

_DEVICE = re.compile(r"(cpu|gpu|cuda|tpu|xla)(?::([0-9]{1,3}))?", re.IGNORECASE)
KNOWN = "cpu, gpu (or cuda), tpu and xla, with a number (cuda:0) or without"


def numbered(device: str) -> str | None:
    """Return a device in one spelling, `gpu:0` for `GPU` and for `cuda:0`; None for what is none."""
    found = _DEVICE.fullmatch(device)
    return None if found is None else f"{found[1].lower().replace('cuda', 'gpu')}:{int(found[2] or 0)}"
