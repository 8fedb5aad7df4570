"""Logs: authentication events of invented people over some days, in the form of Duo's and Azure's own files, with
labelled anomalies among them."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.logs.people import (
    APPS,
    CITIES,
    FAILURES,
    FAR,
    RARE_BROWSERS,
    RARE_SYSTEMS,
    Person,
    one,
    person,
)

Source = Literal["duo", "azure"]
Anomaly = Literal["new_device", "impossible_travel", "burst", "off_hours", "fraud"]
ANOMALIES: tuple[Anomaly, ...] = ("new_device", "impossible_travel", "burst", "off_hours", "fraud")
_HOURS_A_FILE = 3
_CLIENTS = ("Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync")


@dataclass(frozen=True)
class Event:
    """One login; `label` is empty, or the kind of anomaly that it is part of."""

    when: datetime
    user: str
    city: tuple[str, str, str]
    browser: str
    system: str
    device: str
    app: str
    result: Literal["success", "denied", "fraud"]
    reason: str
    label: Anomaly | Literal[""] = ""


@dataclass(frozen=True)
class Plan:
    """What is to be generated: people, days from `start` on, and the share of person-days with an anomaly, from the day
    number `clean_days` on."""

    users: int = 100
    days: int = 30
    start: datetime = datetime(2022, 8, 1, tzinfo=UTC)
    anomalies: float = 0.02
    clean_days: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise FingerprintError for what cannot be."""
        if self.users < 1 or self.days < 1:
            raise FingerprintError(f"{self.users} users on {self.days} days: give at least one of both.")
        if not 0 <= self.anomalies <= 1:
            raise FingerprintError(f"anomalies {self.anomalies:g}: give a share, from 0 to 1.")
        try:
            _ = self.start + timedelta(days=self.days + 2)  # what happens on the last night ends a day or two later
        except OverflowError as error:
            raise FingerprintError(
                f"{self.days} days from {self.start:%Y-%m-%d} on end after the year 9999."
            ) from error


def events(plan: Plan) -> list[Event]:
    """Return all events by time; a person's do not depend on how many others there are."""
    made = [event for number in range(plan.users) for event in _of_person(plan, number)]
    return sorted(made, key=lambda event: (event.when, event.user))


def write(plan: Plan, source: Source, folder: Path) -> list[Path]:
    """Write a file for every three hours that have events, named as the source names them, and `labels.csv` beside the
    folder's files with time, user and kind of each anomalous event; return the files of events."""
    folder.mkdir(parents=True, exist_ok=True)
    made = events(plan)
    begun: dict[datetime, list[Event]] = {}
    for event in made:
        begun.setdefault(_begin(event.when), []).append(event)
    paths = []
    for begin, group in begun.items():
        path = folder / f"{_PREFIX[source]}_{begin:%Y-%m-%dT%H_%M_%S}.{begin.microsecond // 1000:03d}Z.json"
        path.write_text(json.dumps([_FORMS[source](event) for event in group]))
        paths.append(path)
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("timestamp", "username", "anomaly"))
        rows.writerows((_iso(event.when), event.user, event.label) for event in made if event.label)
    return paths


def log(made: Sequence[Event], source: Source) -> pl.DataFrame:
    """Return events as the rows of the source's log, in their order."""
    return pl.DataFrame([_FORMS[source](event) for event in made], infer_schema_length=None)


def _begin(when: datetime) -> datetime:
    return when.replace(hour=when.hour - when.hour % _HOURS_A_FILE, minute=0, second=0, microsecond=0)


def _of_person(plan: Plan, number: int) -> Iterator[Event]:
    chance = np.random.default_rng([plan.seed, number])
    somebody = person(number, chance)
    for day in range(plan.days):
        midnight = plan.start + timedelta(days=day)
        yield from _usual(somebody, midnight, chance)
        if day >= plan.clean_days and chance.random() < plan.anomalies:
            kind = ANOMALIES[int(chance.integers(len(ANOMALIES)))]
            yield from _MAKERS[kind](somebody, midnight, chance)


def _usual(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """Yield a day's work: less at weekends, now and then from another city."""
    weekend = midnight.weekday() >= 5
    count = int(chance.poisson(person.a_day * (0.15 if weekend else 1.0)))
    city = CITIES[int(chance.integers(len(CITIES)))][:3] if chance.random() < person.travels else person.city
    for hour in chance.normal(person.middle_h, person.spread_h, count):
        failed = chance.random() < person.failing
        yield _event(
            person,
            midnight + timedelta(hours=float(hour) % 24),
            chance,
            city=city,
            result="denied" if failed else "success",
            reason=FAILURES[int(chance.integers(len(FAILURES)))] if failed else "user_approved",
        )


def _new_device(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """A few logins with a browser, a system and a phone never seen."""
    unseen = {
        "browser": one(RARE_BROWSERS, chance),
        "system": one(RARE_SYSTEMS, chance),
        "device": f"unknown-{int(chance.integers(10**6)):06d}",
    }
    first = _working_hour(person, chance)
    for place in range(int(chance.integers(1, 4))):
        yield _event(person, midnight + timedelta(hours=first, minutes=7 * place), chance, label="new_device", **unseen)


def _impossible_travel(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """Far away, minutes after a login at home."""
    hour = _working_hour(person, chance)
    yield _event(person, midnight + timedelta(hours=hour), chance)
    far = FAR[int(chance.integers(len(FAR)))]
    for place in range(int(chance.integers(2, 5))):
        when = midnight + timedelta(hours=hour, minutes=10 + 5 * place)
        yield _event(person, when, chance, city=far, browser=one(RARE_BROWSERS, chance), label="impossible_travel")


def _burst(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """Dozens of attempts within minutes, nearly all denied."""
    hour = _working_hour(person, chance)
    for place in range(int(chance.integers(25, 60))):
        lucky = chance.random() < 0.05
        yield _event(
            person,
            midnight + timedelta(hours=hour, seconds=11 * place),
            chance,
            result="success" if lucky else "denied",
            reason="user_approved" if lucky else "no_response",
            label="burst",
        )


def _off_hours(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """A stretch of work in the middle of the night, in applications that are not theirs."""
    hour = (person.middle_h + 12) % 24
    others = tuple(app for app in APPS if app not in person.apps)
    for place in range(int(chance.integers(5, 12))):
        when = midnight + timedelta(hours=hour, minutes=4 * place)
        yield _event(person, when, chance, app=one(others, chance), label="off_hours")


def _fraud(person: Person, midnight: datetime, chance: np.random.Generator) -> Iterator[Event]:
    """A request that the person did not make, and said so."""
    when = midnight + timedelta(hours=_working_hour(person, chance))
    far = FAR[int(chance.integers(len(FAR)))]
    yield _event(person, when, chance, city=far, result="fraud", reason="user_marked_fraud", label="fraud")


_MAKERS: Mapping[Anomaly, Callable[[Person, datetime, np.random.Generator], Iterator[Event]]] = {
    "new_device": _new_device,
    "impossible_travel": _impossible_travel,
    "burst": _burst,
    "off_hours": _off_hours,
    "fraud": _fraud,
}


def _event(person: Person, when: datetime, chance: np.random.Generator, **changes: Any) -> Event:
    """Return a login as the person makes it, but for some changes."""
    jitter = timedelta(milliseconds=int(chance.integers(1000)))
    usual = {
        "city": person.city,
        "browser": one(person.browsers, chance),
        "system": person.system,
        "device": one(person.devices, chance),
        "app": one(person.apps, chance),
        "result": "success",
        "reason": "user_approved",
    }
    return Event(when + jitter, person.name, **{**usual, **changes})


def _working_hour(person: Person, chance: np.random.Generator) -> float:
    return float(chance.normal(person.middle_h, 1.0)) % 23


def _duo(event: Event) -> dict[str, Any]:
    city, state, country = event.city
    return {
        "timestamp": _iso(event.when),
        "user": {"name": event.user},
        "application": {"name": event.app},
        "access_device": {
            "browser": event.browser,
            "os": event.system,
            "location": {"city": city, "state": state, "country": country},
        },
        "auth_device": {"name": event.device},
        "factor": "duo_push",
        "event_type": "authentication",
        "result": event.result,
        "reason": event.reason,
    }


def _azure(event: Event) -> dict[str, Any]:
    city, state, country = event.city
    return {
        "time": _iso(event.when),
        "category": "SignInLogs",
        "properties": {
            "userPrincipalName": event.user,
            "appDisplayName": event.app,
            "clientAppUsed": _CLIENTS[sum(map(ord, event.app)) % len(_CLIENTS)],
            "deviceDetail": {
                "browser": event.browser,
                "displayName": event.device,
                "operatingSystem": event.system,
            },
            "location": {"city": city, "state": state, "countryOrRegion": country},
            "status": {"failureReason": "Other." if event.result == "success" else event.reason},
        },
    }


_FORMS: Mapping[Source, Callable[[Event], dict[str, Any]]] = {"duo": _duo, "azure": _azure}
_PREFIX: Mapping[Source, str] = {"duo": "DUO", "azure": "AZUREAD"}


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
