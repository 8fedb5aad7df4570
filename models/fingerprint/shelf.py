"""The shelf: a folder for models that the store does not take, from which they are put there later."""

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.store import About, Store

_NOTE = "about.json"


@dataclass(frozen=True)
class Shelf:
    """Models that wait, each in a folder of its own with a note of whose it is and what it was trained on."""

    folder: Path

    def put(self, user: str, model: AutoEncoder, about: About) -> Path:
        """Write a model and its note, which comes last; return where."""
        place = self.folder / uuid.uuid4().hex
        model.save(place)
        (place / _NOTE).write_text(json.dumps({"user": user, **asdict(about)}, default=str, indent=1))
        return place

    def waiting(self) -> list[Path]:
        """Return the places of models that are whole."""
        return sorted(note.parent for note in self.folder.glob(f"*/{_NOTE}"))

    def send(self, store: Store) -> Iterator[str]:
        """Put each model into a store and yield its label; what the store has taken leaves the shelf. Raises StoreError
        when the store does not work."""
        for place in self.waiting():
            told = json.loads((place / _NOTE).read_text())
            start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
            about = About(start, end, told["count"], told["schema"])
            label = store.put(told["user"], AutoEncoder.load(place), about)
            shutil.rmtree(place)
            yield label
