"""The window of time that options name."""

import re
from datetime import datetime, timedelta

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.logs.batcher import moment

_DURATION = "60d"
_LENGTH = re.compile(r"(\d+) ?(d|days?|h|hours?|min|minutes?)")


def window(start: str | None, duration: str | None, now: datetime) -> tuple[str | None, str | None]:
    """Return the first and the last moment: `duration` (60d) from `start` on; without a start, so long before now; and
    without either, no bounds."""
    if start is None and duration is None:
        return None, None
    found = _LENGTH.fullmatch(duration or _DURATION)
    if not found:
        raise FingerprintError(f"There is no duration '{duration}'; give one like 60d or 12h.")
    unit = {"d": "days", "h": "hours", "m": "minutes"}[found[2][0]]
    first = None if start is None else moment(start, "start_time")
    try:
        length = timedelta(**{unit: int(found[1])})
        if first is None:
            return (now - length).isoformat(), now.isoformat()
        return start, (first + length).isoformat()
    except OverflowError as error:
        begin = "now" if start is None else start
        raise FingerprintError(f"{duration or _DURATION} from {begin} on is beyond the calendar; give less.") from error
