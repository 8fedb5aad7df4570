"""The shelf: a folder for models that the store does not take, from which they are put there later."""

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from swapbench_models.fingerprint.autoencoder import AutoEncoder
from swapbench_models.fingerprint.error import ModelError
from swapbench_models.fingerprint.store import About, Store
from swapbench_models.fingerprint.sums import checked, seal

_NOTE = "about.json"


@dataclass(frozen=True)
class Sent:
    """What became of one model of the shelf: its label in the store, or why it is still there."""

    place: Path
    label: str | None
    error: ModelError | None = None


@dataclass(frozen=True)
class Shelf:
    """Models that wait, those of `source` and of others, each in a folder of its own with a note of whose it is, of
    what source, and what it was trained on."""

    folder: Path
    source: str = "duo"

    def put(self, user: str, model: AutoEncoder, about: About) -> Path:
        """Write a model of this source and its note; return where. The folder gets its name when all is in it."""
        name = uuid.uuid4().hex
        place, whole = self.folder / f".{name}", self.folder / name
        model.save(place)
        (place / _NOTE).write_text(
            json.dumps({"source": self.source, "user": user, **asdict(about)}, default=str, indent=1)
        )
        seal(place)
        return place.rename(whole)

    def waiting(self) -> list[Path]:
        """Return the places of models that wait."""
        return sorted(place for place in self.folder.glob("[!.]*") if place.is_dir())

    def send(self, store: Store) -> Iterator[Sent]:
        """Put each model into a store, as one of its own source's, and tell what became of it; what the store has taken
        leaves the shelf, what is damaged stays. Raises StoreError when the store does not work."""
        for place in self.waiting():
            try:
                source, user, about = _read(place)
                model = AutoEncoder.load(place)
            except ModelError as error:
                yield Sent(place, None, error)
                continue
            label = store.of(source).put(user, model, about)
            shutil.rmtree(place)
            yield Sent(place, label)


def _read(place: Path) -> tuple[str, str, About]:
    """Return source, user and what the model was trained on."""
    told = json.loads(checked(place, _NOTE)[_NOTE])
    try:
        start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
        return told["source"], told["user"], About(start, end, told["count"], told["schema"])
    except KeyError as error:
        raise ModelError(f"{place / _NOTE} does not say {error}; train the model again.") from error
