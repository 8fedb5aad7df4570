"""Control messages: what is to be loaded, and whether to train on it or look for anomalies in it.

The form is Morpheus': `{"inputs": [{"tasks": [...], "metadata": {...}}, ...]}`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

Kind = Literal["training", "inference"]
Format = Literal["auto", "json", "jsonl", "csv", "parquet"]


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
    below 1 is a share of the files, from 1 on a number of them.
    """

    period: str | None = None
    sampling: str | float | None = None
    start_time: str | None = None
    end_time: str | None = None
    iso_date_regex_pattern: str | None = None


class ParserOptions(_Strict):
    """How JSON is read: `lines` says that each line is an object, `orient` that an array holds one for each row."""

    lines: bool | None = None
    orient: Literal["records"] = "records"


class FileOptions(_Strict):
    """How files are read; without `filter_null`, as with it, rows without a time or a user are dropped and counted."""

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
    """An input that cannot be used: where it came from, and what is wrong with it, each with its place in the JSON."""

    source: str
    errors: tuple[str, ...]

    def sentence(self) -> str:
        return f"{self.source}: {'; '.join(self.errors)}"


_MESSAGE = TypeAdapter(Message)
_TAGS = ("load", "work")  # steps of the validator, not of the JSON


def messages(text: str | bytes, source: str) -> Iterable[Message | Bad]:
    """Yield the inputs of a file or of one message of a queue, whose name is `source`; one that cannot be used does not
    keep the others."""
    try:
        content = json.loads(text)
    except (ValueError, UnicodeDecodeError) as error:
        yield Bad(source, (f"not JSON: {error}",))
        return
    inputs = content.get("inputs") if isinstance(content, dict) else None
    if not isinstance(inputs, list):
        yield Bad(source, ('expected {"inputs": [...]}',))
        return
    for place, each in enumerate(inputs):
        try:
            yield _MESSAGE.validate_python(each)
        except ValidationError as error:
            told = tuple(f"{_path(detail['loc'])}: {detail['msg']}" for detail in error.errors(include_url=False))
            yield Bad(f"{source}, inputs[{place}]", told)


def _path(places: Iterable[int | str]) -> str:
    parts = [f"[{place}]" if isinstance(place, int) else f".{place}" for place in places if place not in _TAGS]
    return "".join(parts).lstrip(".") or "the input"
