"""Control messages: what is to be loaded, and whether to train on it or look for anomalies in it.

The form is Morpheus': `{"inputs": [{"tasks": [...], "metadata": {...}}, ...]}`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from swapbench_models.fingerprint.files import Format

Kind = Literal["training", "inference"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _lower(name: Any) -> Any:
    return name.lower() if isinstance(name, str) else name


class LoadProperties(_Strict):
    """Which files: paths or URLs, with wildcards."""

    loader_id: Literal["fsspec"] = "fsspec"
    files: tuple[str, ...] = Field(min_length=1)


class Load(_Strict):
    type: Annotated[Literal["load"], BeforeValidator(_lower)]
    properties: LoadProperties


class Work(_Strict):
    type: Annotated[Kind, BeforeValidator(_lower)]
    properties: Mapping[str, Any]


def _tag(task: Any) -> str | None:
    kind = _lower(task.get("type") if isinstance(task, dict) else getattr(task, "type", None))
    return "load" if kind == "load" else "work" if kind in get_args(Kind) else None


_TASKS = Discriminator(
    _tag, custom_error_type="task", custom_error_message="a task has the type load, training or inference"
)
Task = Annotated[Annotated[Load, Tag("load")] | Annotated[Work, Tag("work")], _TASKS]


class BatchingOptions(_Strict):
    """How files become batches: those of one `period` (None: all) within a window of time, or a sample of them.

    `period` and a `sampling` of text are lengths of time in pandas' spelling (D, 5D, h, min, W, M, Y); a `sampling`
    below 1 is a share of the files, from 1 on a number of them; `sampling_rate_s`, its older name, takes one file in so
    many seconds (0 or null: all).
    """

    period: str | None = None
    sampling: str | float | None = None
    start_time: str | None = None
    end_time: str | None = None
    iso_date_regex_pattern: str | None = None
    sampling_rate_s: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_sampling(self) -> "BatchingOptions":
        if self.sampling is not None and self.sampling_rate_s:
            raise PydanticCustomError("sampling", "sampling and sampling_rate_s say the same in two ways; give one")
        return self


class ParserOptions(_Strict):
    """How JSON is read: `lines` says that each line is an object, `orient` that an array holds one for each row."""

    lines: bool | None = None
    orient: Literal["records"] = "records"


class FileOptions(_Strict):
    """How files are read; `filter_null` drops rows whose field `data` is null, where a log has one, as the reference
    does. Rows without a time or a user are dropped and counted in any case."""

    file_type: Annotated[Format, BeforeValidator(_lower)] = "auto"
    parser_kwargs: ParserOptions = ParserOptions()
    filter_null: bool = True

    @property
    def format(self) -> Format:
        """The format that both say; `lines` makes JSON into JSON lines."""
        lines = self.parser_kwargs.lines
        if lines is None or self.file_type not in ("auto", "json"):
            return self.file_type
        return "jsonl" if lines else "json"


DataType = Literal["payload", "streaming"]


class Metadata(_Strict):
    data_type: DataType
    batching_options: BatchingOptions | None = None
    file_to_df_options: FileOptions | None = None


class Message(_Strict):
    """One input: tasks in order, at most one kind of work, and what is known of their data."""

    tasks: tuple[Task, ...] = ()
    metadata: Metadata
    _source: str = PrivateAttr("a message")
    _text: str = PrivateAttr("")
    _ignored: tuple[str, ...] = PrivateAttr(())

    @property
    def source(self) -> str:
        """Where it came from: a file or a topic, and its place there."""
        return self._source

    @property
    def ignored(self) -> tuple[str, ...]:
        """The keys that nobody knows, which it was read without."""
        return self._ignored

    def named(self, source: str, text: str = "", ignored: tuple[str, ...] = ()) -> "Message":
        """Return this message, which now knows where it is from, the text that asks for it, and the keys left out."""
        self._source, self._text, self._ignored = source, text, ignored
        return self

    def bad(self, error: str) -> "Bad":
        """Return this message as one that cannot be used."""
        return Bad(self._source, (error,), self._text)

    @model_validator(mode="after")
    def _one_kind(self) -> "Message":
        if len({task.type for task in self.tasks if isinstance(task, Work)}) > 1:
            raise PydanticCustomError(
                "mixed", "training and inference cannot be asked for in one input; make two of it"
            )
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """The files of all load tasks, in order."""
        return tuple(file for task in self.tasks if isinstance(task, Load) for file in task.properties.files)

    @property
    def kind(self) -> Kind | None:
        """What is to be done with them; None for nothing but loading."""
        return next((task.type for task in self.tasks if isinstance(task, Work)), None)


@dataclass(frozen=True)
class Filter:
    """Which messages are worked on: those of one kind of task, of one type of data, or all (None)."""

    task: Kind | None = None
    data_type: DataType | None = None

    def passes(self, message: Message) -> bool:
        return self.task in (None, message.kind) and self.data_type in (None, message.metadata.data_type)


@dataclass(frozen=True)
class Bad:
    """An input that cannot be used: where it came from, what is wrong with it, each with its place in the JSON, and the
    text that would ask for it again."""

    source: str
    errors: tuple[str, ...]
    text: str = ""

    def sentence(self) -> str:
        return f"{self.source}: {'; '.join(self.errors)}"


_MESSAGE = TypeAdapter(Message)
_TAGS = ("load", "work")  # steps of the validator, not of the JSON


def messages(text: str | bytes, source: str, lenient: bool = False) -> Iterable[Message | Bad]:
    """Yield the inputs of a file or of one message of a queue, whose name is `source`; one that cannot be used does not
    keep the others. A key that nobody knows is an error, unless `lenient`: then the rest of the input counts."""
    whole = text.decode(errors="replace") if isinstance(text, bytes) else text
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:  # thousands of brackets are not JSON that anybody means
        yield Bad(source, (f"not JSON: {error}",), whole)
        return
    inputs = content.get("inputs") if isinstance(content, dict) else None
    if not isinstance(inputs, list):
        yield Bad(source, ('expected {"inputs": [...]}',), whole)
        return
    for place, each in enumerate(inputs):
        yield _input(each, f"{source}, inputs[{place}]", whole, lenient)


def _input(content: Any, source: str, whole: str, lenient: bool) -> Message | Bad:
    try:
        text = json.dumps({"inputs": [content]})
        message, ignored = _validated(content, lenient)
    except ValidationError as error:
        told = tuple(f"{_path(detail['loc'])}: {detail['msg']}" for detail in error.errors(include_url=False))
        return Bad(source, told, text)
    except Exception as error:  # whatever a stranger's JSON makes of it, it is this input's
        return Bad(source, (f"{type(error).__name__}: {error}",), whole)
    return message.named(source, text, ignored)


def _validated(content: Any, lenient: bool) -> tuple[Message, tuple[str, ...]]:
    """Return an input as a message and, where that is allowed, the unknown keys that it was read without."""
    try:
        return _MESSAGE.validate_python(content), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
        if not lenient or any(detail["type"] != "extra_forbidden" for detail in details):
            raise
        places = [[step for step in detail["loc"] if step not in _TAGS] for detail in details]
    content = deepcopy(content)
    for *parents, key in places:
        holder = content
        for step in parents:
            holder = holder[step]
        del holder[key]
    return _MESSAGE.validate_python(content), tuple(map(_path, places))


def _path(places: Sequence[int | str]) -> str:
    parts = [f"[{place}]" if isinstance(place, int) else f".{place}" for place in places if place not in _TAGS]
    return "".join(parts).lstrip(".") or "the input"
