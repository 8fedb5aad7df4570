"""Users' models: under which name each is in the store of models, and the last of a user."""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.store.family import Facts
from swapbench_models.store.names import filled, plain
from swapbench_models.store.store import Entry, Store, Stored

if TYPE_CHECKING:
    from swapbench_models.fingerprint.model.autoencoder import AutoEncoder

_USER_FIELDS = ("{user_id}", "{user_md5}")


@dataclass(frozen=True)
class Names:
    """How the models of a source are called, for writer and reader alike.

    `template` names registered models: in it `{source}`, `{user_id}` (see `store.names.plain`) and `{user_md5}`, the
    digest of the user's own name, stand for what they say; in `experiments`, which names experiments, `{source}` and
    `{reg_model_name}` do. Raises TemplateError for one with other fields, FingerprintError for a `template` with none
    for the user, which would give all users one model.
    """

    source: str = "duo"
    template: str = "DFP-{source}-{user_id}"
    experiments: str = "dfp/{source}/training/{reg_model_name}"

    def __post_init__(self) -> None:
        if not any(field in self.template for field in _USER_FIELDS):
            raise FingerprintError(
                f"The template '{self.template}' gives all users one name: put {{user_id}} or {{user_md5}} in."
            )
        self.experiment(self.of("user"))

    def of(self, user: str) -> str:
        """Return the name of a user's model."""
        digest = hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()
        return filled(self.template, source=self.source, user_id=plain(user), user_md5=digest)

    def experiment(self, name: str) -> str:
        """Return the name of the experiment that the model of this name belongs to."""
        return filled(self.experiments, source=self.source, reg_model_name=name)


@dataclass(frozen=True)
class About:
    """What a model was trained on: the times of its first and last row, how many there were, and the digest of the
    schema that made them."""

    start: datetime
    end: datetime
    count: int
    schema: str

    @property
    def facts(self) -> Facts:
        """The same for the store."""
        return {**asdict(self), "start": str(self.start), "end": str(self.end)}


_FACTS = tuple(About.__dataclass_fields__)
NOTED = ("source", "user", *_FACTS)  # what there is to say of a model that waits on the shelf


@dataclass(frozen=True)
class UserModels:
    """The models of a source's users in a store; what raises is said at Store."""

    store: "Store[AutoEncoder]"
    names: Names = Names()

    def put(self, user: str, model: "AutoEncoder", about: About) -> str:
        """Keep a model as the next version of the user's; return its label."""
        return self._put(user, model, about.facts)

    def latest(self, user: str) -> "Stored[AutoEncoder] | None":
        """Return the last version of the user's model, None where there is none."""
        return self.store.latest(self.names.of(user))

    def noted(self, user: str, about: About) -> Facts:
        """Return what the shelf has to know of a model that waits, so that `take` can put it where it belongs."""
        return {"source": self.names.source, "user": user, **about.facts}

    def take(self, model: "AutoEncoder", note: Facts) -> str:
        """Keep a model that waited, as one of the source that it was trained on; return its label."""
        whose = replace(self, names=replace(self.names, source=str(note["source"])))
        return whose._put(str(note["user"]), model, {name: note[name] for name in _FACTS})

    def _put(self, user: str, model: "AutoEncoder", facts: Facts) -> str:
        name = self.names.of(user)
        return self.store.put(model, Entry(name, self.names.experiment(name), {"user": user}, facts))
