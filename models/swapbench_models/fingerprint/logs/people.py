"""People who do not exist: where they live, with what they work, when, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# City, state, country, hours from UTC.
CITIES = (
    ("San Jose", "California", "US", -8), ("Austin", "Texas", "US", -6), ("Raleigh", "North Carolina", "US", -5),
    ("Toronto", "Ontario", "CA", -5), ("London", "England", "GB", 0), ("Berlin", "Berlin", "DE", 1),
    ("Zurich", "Zurich", "CH", 1), ("Pune", "Maharashtra", "IN", 5), ("Taipei", "Taiwan", "TW", 8),
    ("Tokyo", "Tokyo", "JP", 9), ("Sydney", "New South Wales", "AU", 10),
)  # fmt: skip
FAR = (("Lagos", "Lagos", "NG"), ("Minsk", "Minsk", "BY"), ("Lima", "Lima", "PE"), ("Hanoi", "Hanoi", "VN"))
BROWSERS = ("Chrome", "Firefox", "Safari", "Edge Chromium")
RARE_BROWSERS = ("Opera", "Vivaldi", "Brave", "Yandex Browser")
SYSTEMS = ("Windows", "Mac OS X", "Linux")
RARE_SYSTEMS = ("Android", "Chrome OS", "FreeBSD")
APPS = ("VPN", "Mail", "Wiki", "Payroll", "Source Control", "Tickets", "Calendar", "Storage")
FAILURES = ("no_response", "user_cancelled", "deny_unenrolled_user")


@dataclass(frozen=True)
class Person:
    """One person's habits: where and with what they work, when (hours of UTC), how often a day, and how often a login
    goes wrong."""

    name: str
    city: tuple[str, str, str]
    browsers: tuple[str, ...]
    system: str
    devices: tuple[str, ...]
    apps: tuple[str, ...]
    middle_h: float
    spread_h: float
    a_day: float
    failing: float
    travels: float


def person(number: int, chance: np.random.Generator) -> Person:
    city, state, country, offset = CITIES[int(chance.integers(len(CITIES)))]
    name = f"user{number:04d}@example.com"
    return Person(
        name=name,
        city=(city, state, country),
        browsers=some(BROWSERS, int(chance.integers(1, 3)), chance),
        system=SYSTEMS[int(chance.choice(len(SYSTEMS), p=(0.6, 0.3, 0.1)))],
        devices=tuple(f"{name[:8]}-phone-{place}" for place in range(int(chance.integers(1, 3)))),
        apps=some(APPS, int(chance.integers(2, 5)), chance),
        middle_h=(13 - offset) % 24,
        spread_h=float(chance.uniform(1.5, 3.0)),
        a_day=float(chance.uniform(3, 14)),
        failing=float(chance.uniform(0.0, 0.08)),
        travels=float(chance.choice((0.0, 0.0, 0.02))),
    )


def one(choices: Sequence[str], chance: np.random.Generator) -> str:
    return choices[int(chance.integers(len(choices)))]


def some(choices: Sequence[str], count: int, chance: np.random.Generator) -> tuple[str, ...]:
    return tuple(choices[int(place)] for place in chance.permutation(len(choices))[:count])
