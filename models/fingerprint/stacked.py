"""Stacked training: the models of many users taught at once, as one computation with one dimension more.

The mathematics is that of `training` for each user alone: the same initial weights, batches, swaps and steps. What
users differ in (rows, categories, and with them the width of an embedding) is padded; padding starts as zeros, weighs
nothing in any loss, and so stays what it is.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional

from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.error import FingerprintError
from models.fingerprint.features import Rows, embedding_dimensions
from models.fingerprint.network import ACTIVATIONS, Layer, Network, Residual
from models.fingerprint.options import Options
from models.fingerprint.training import Patience, Progress, ended, origins

_NEVER = -1e30  # the logit of a category that a user does not have
_ADAM_EPSILON = 1e-8


def fit_together(models: Sequence[AutoEncoder], frames: Sequence[object]) -> None:
    """Fit models of one kind with the same options, each to its own frame.

    Raises DataError for a frame that no model can be fitted to, and what `train_together` does.
    """
    begun = [model.begin(frame) for model, frame in zip(models, frames, strict=True)]
    for model, went, (rows, check) in zip(models, train_together(models, begun), begun, strict=True):
        model.end(went, rows, check)


def train_together(models: Sequence[AutoEncoder], begun: Sequence[tuple[Rows, Rows]]) -> list[Progress]:
    """Train models that have begun, each on the rows that its `begin` gave, and say how each went, for its `end`.

    Raises FingerprintError when they differ in their options or kinds of columns, or drop units out, whose draws would
    not be those of each alone.
    """
    options = models[0].options
    if any(model.options != options for model in models):
        raise FingerprintError("Models that are trained together have the same options.")
    if any(_dropped(options)):
        raise FingerprintError("Models that drop units out are trained one after the other; choose backend torch.")
    if len({model.features.kinds for model in models}) > 1:
        raise FingerprintError("Models that are trained together have as many numbers, truths and categories each.")
    rows, checks = [each for each, _ in begun], [check for _, check in begun]
    return train_stacked([model.network for model in models], rows, checks, options)


def _dropped(options: Options) -> tuple[float, ...]:
    """Return the probabilities with which units are dropped."""
    given = (options.encoder_dropout, options.decoder_dropout)
    return tuple(share for each in given for share in (each if isinstance(each, tuple) else (each,)))


def train_stacked(
    networks: Sequence[Network], rows: Sequence[Rows], checks: Sequence[Rows], options: Options
) -> list[Progress]:
    """Train networks in place, each on its own rows, and leave each in its last state; seconds are those of all."""
    began = time.perf_counter()
    stack = _Stack(networks, options.activation)
    update = _Update(stack.parameters, options)
    schedule = _Schedule([len(each) for each in rows], rows[0].columns, options)
    data, check = _Padded.of(rows), _Padded.of(checks)
    progress = [Progress() for _ in networks]
    patience = [Patience(options.patience) for _ in networks]
    active = torch.ones(len(networks), dtype=torch.bool)
    for _ in range(options.epochs):
        totals = torch.zeros(len(networks))
        for step in schedule.epoch():
            batch, noisy = data.at(step.index), data.at(step.noisy_index())
            loss = stack.losses(noisy, batch, step.weight)
            update.step(torch.autograd.grad(loss.sum(), stack.parameters), active & step.taken)
            totals += loss.detach()
        update.decay()
        losses = (totals / schedule.batches).tolist()
        checked = _checked(stack, check, options.eval_batch_size) if check.rows.codes.shape[1] else None
        for place in active.nonzero()[:, 0].tolist():
            progress[place].losses.append(losses[place])
            progress[place].steps += int(schedule.batches[place])
            if checked is not None and len(checks[place]):
                progress[place].validation_losses.append(checked[place])
            progress[place].stopped = ended(progress[place], patience[place], options)
            active[place] = not progress[place].stopped
        if not active.any():
            break
    stack.write_back()
    for went in progress:
        went.stopped = went.stopped or "epochs"
        went.seconds = time.perf_counter() - began
    return progress


@dataclass(frozen=True)
class _Padded:
    """Rows of U users, (U, n, ...), padded to the longest; `counts` (U,) are their numbers of rows."""

    rows: Rows
    counts: Tensor

    @classmethod
    def of(cls, rows: Sequence[Rows]) -> "_Padded":
        pad = torch.nn.utils.rnn.pad_sequence
        parts = ([getattr(each, part) for each in rows] for part in ("numeric", "binary", "codes"))
        return cls(Rows(*(pad(part, batch_first=True) for part in parts)), torch.tensor([len(each) for each in rows]))

    def at(self, index: Tensor) -> Rows:
        """Return the rows at index (U, b), or the cells at index (U, b, columns)."""
        parts = (self.rows.numeric, self.rows.binary, self.rows.codes)
        widths = [part.shape[-1] for part in parts]
        cells = index[:, :, None].expand(-1, -1, sum(widths)) if index.dim() == 2 else index
        return Rows(
            *(part.gather(1, at) for part, at in zip(parts, cells.split_with_sizes(widths, dim=-1), strict=True))
        )


@dataclass(frozen=True)
class _Step:
    """One step of all users: which of their rows (`index`, (U, b)), from which row of the batch each cell comes
    (`origin`, (U, b, columns)), one for a row and zero for padding (`weight`, (U, b))."""

    index: Tensor
    origin: Tensor
    weight: Tensor

    @property
    def taken(self) -> Tensor:
        """Which users have a batch left at all, (U,)."""
        return self.weight.any(dim=1)

    def noisy_index(self) -> Tensor:
        """Return which row each cell is taken from, (U, b, columns)."""
        return self.index[:, :, None].expand_as(self.origin).gather(1, self.origin)


class _Schedule:
    """The order of batches and the swaps of each user, epoch by epoch, as each alone would draw them.

    The draws depend on the seed and the number of rows only, so users with as many rows share them.
    """

    def __init__(self, counts: Sequence[int], columns: int, options: Options) -> None:
        self._counts, self._columns, self._options = counts, columns, options
        self._groups = {
            count: (torch.tensor([u for u, other in enumerate(counts) if other == count]), self._generator())
            for count in sorted(set(counts))
        }
        self.batches = torch.tensor([-(-count // options.batch_size) for count in counts])

    def epoch(self) -> Iterator[_Step]:
        """Yield the steps of the next epoch."""
        size, users = self._options.batch_size, len(self._counts)
        width = min(size, max(self._counts))
        orders = {
            count: torch.randperm(-(-count // size), generator=generator).tolist()
            for count, (_, generator) in self._groups.items()
        }
        for number in range(int(self.batches.max())):
            index, weight = torch.zeros(users, width, dtype=torch.long), torch.zeros(users, width)
            origin = torch.arange(width)[:, None].repeat(users, 1, self._columns).view(users, width, self._columns)
            for count, (members, generator) in self._groups.items():
                if number < len(orders[count]):
                    first = orders[count][number] * size
                    rows = min(size, count - first)
                    drawn = origins(rows, self._columns, self._options.swap_probability, generator)
                    index[members, :rows] = torch.arange(first, first + rows)
                    weight[members, :rows] = 1.0
                    origin[members, :rows] = drawn
            yield _Step(index, origin, weight)

    def _generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self._options.seed)


@dataclass(frozen=True)
class _Linear:
    """U linear maps: `weight` (U, outputs, inputs), `bias` (U, 1, outputs)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight.transpose(1, 2))


@dataclass(frozen=True)
class _Block:
    """A layer of all users; `residual` adds its input, through `projection` where there is one."""

    linear: _Linear
    projection: _Linear | None
    residual: bool


@dataclass(frozen=True)
class _Place:
    """Where a part of one user's weights is in the stack."""

    own: Tensor
    stacked: Tensor


class _Stack:
    """Networks of U users as one; `parameters` are its weights."""

    def __init__(self, networks: Sequence[Network], activation: str) -> None:
        first = networks[0]
        self._activation = ACTIVATIONS[activation]
        self.parameters: list[Tensor] = []
        self._places: list[_Place] = []
        self._sizes = [max(sizes) for sizes in zip(*(network.sizes for network in networks), strict=True)]
        self._widths = [embedding_dimensions(size) for size in self._sizes]
        self._plain = first.numbers + first.truths
        self._tables = [self._table(networks, column) for column in range(len(self._sizes))]
        self._blocks = [self._block(networks, number) for number in range(len(first.layers))]
        self._heads = self._joined_heads(networks)
        self._absent = self._absent_codes(networks)
        with torch.no_grad():
            for place in self._places:
                place.stacked.copy_(place.own)
        for parameter in self.parameters:
            parameter.requires_grad_()

    @torch.no_grad()
    def write_back(self) -> None:
        """Put the weights into the networks they came from."""
        for place in self._places:
            place.own.copy_(place.stacked)

    def losses(self, noisy: Rows, rows: Rows, weight: Tensor) -> Tensor:
        """Return each user's mean loss over its features and rows, (U,), of guesses from noisy rows."""
        embedded = [self._embedded(column, noisy.codes[:, :, column]) for column in range(len(self._tables))]
        x = torch.cat([noisy.numeric, noisy.binary, *embedded], dim=2)
        for block in self._blocks:
            y = self._activation(block.linear(x))
            x = y + (block.projection(x) if block.projection else x) if block.residual else y
        numbers, truths = rows.numeric.shape[2], rows.binary.shape[2]
        numeric, binary, *codes = self._heads(x).split_with_sizes([numbers, truths, *self._sizes], dim=2)
        total = (numeric - rows.numeric).square().sum(dim=2)
        total = total + functional.binary_cross_entropy_with_logits(binary, rows.binary, reduction="none").sum(dim=2)
        for column, logits in enumerate(codes):
            likely = (logits + self._absent[column]).log_softmax(dim=2)
            total = total - likely.gather(2, rows.codes[:, :, column : column + 1])[:, :, 0]
        return (total / rows.columns * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)

    def _embedded(self, column: int, codes: Tensor) -> Tensor:
        table = self._tables[column]
        users, size, _ = table.shape
        return functional.embedding(codes + torch.arange(users)[:, None] * size, table.flatten(0, 1))

    def _zeros(self, *shape: int) -> Tensor:
        made = torch.zeros(shape)
        self.parameters.append(made)
        return made

    def _table(self, networks: Sequence[Network], column: int) -> Tensor:
        made = self._zeros(len(networks), self._sizes[column], self._widths[column])
        for user, network in enumerate(networks):
            own = _detached(network.embeddings[column])
            self._places.append(_Place(own, made[user, : own.shape[0], : own.shape[1]]))
        return made

    def _block(self, networks: Sequence[Network], number: int) -> _Block:
        blocks = [network.layers[number] for network in networks]
        plain = [block.linear for block in blocks if isinstance(block, Layer)]
        if plain:
            return _Block(self._linear(networks, plain, number), None, residual=False)
        residuals = [block for block in blocks if isinstance(block, Residual)]
        linear = self._linear(networks, [block.layer.linear for block in residuals], number)
        skips: list[torch.nn.Module] = [block.projection for block in residuals]
        projections = [skip for skip in skips if isinstance(skip, torch.nn.Linear)]
        if projections and len(projections) < len(residuals):
            raise FingerprintError(
                "Some users' inputs are as wide as the first layer and some are not; train them apart."
            )
        return _Block(linear, self._linear(networks, projections, number) if projections else None, residual=True)

    def _linear(self, networks: Sequence[Network], maps: Sequence[torch.nn.Linear], number: int) -> _Linear:
        inputs = self._plain + sum(self._widths) if number == 0 else maps[0].in_features
        made = _Linear(
            self._zeros(len(maps), maps[0].out_features, inputs), self._zeros(len(maps), 1, maps[0].out_features)
        )
        for user, (network, own) in enumerate(zip(networks, maps, strict=True)):
            self._places.append(_Place(own.bias.detach(), made.bias[user, 0]))
            columns = self._columns(network) if number == 0 else [(slice(None), slice(None))]
            for mine, ours in columns:
                self._places.append(_Place(own.weight.detach()[:, mine], made.weight[user][:, ours]))
        return made

    def _columns(self, network: Network) -> list[tuple[slice, slice]]:
        """Return which inputs of a network are which of the stack's."""
        own = [embedding_dimensions(size) for size in network.sizes]
        mine, ours = (list(accumulate(widths, initial=self._plain)) for widths in (own, self._widths))
        embedded = [(slice(a, a + width), slice(b, b + width)) for a, b, width in zip(mine, ours, own, strict=False)]
        return [(slice(self._plain), slice(self._plain)), *embedded]

    def _joined_heads(self, networks: Sequence[Network]) -> _Linear:
        """Return all heads as one map: numbers, truths, then the codes of each column."""
        outputs = [networks[0].numbers, networks[0].truths, *self._sizes]
        width = networks[0].width
        made = _Linear(self._zeros(len(networks), sum(outputs), width), self._zeros(len(networks), 1, sum(outputs)))
        starts = list(accumulate(outputs, initial=0))
        for user, network in enumerate(networks):
            for start, head in zip(starts, (network.numeric, network.binary, *network.codes), strict=False):
                if isinstance(head, torch.nn.Linear):
                    part = slice(start, start + head.out_features)
                    self._places.append(_Place(head.weight.detach(), made.weight[user, part]))
                    self._places.append(_Place(head.bias.detach(), made.bias[user, 0, part]))
        return made

    def _absent_codes(self, networks: Sequence[Network]) -> list[Tensor]:
        """Return for each column what is added to the logits, (U, 1, codes), so that nobody gets another's category."""
        made = [torch.zeros(len(networks), 1, size) for size in self._sizes]
        for user, network in enumerate(networks):
            for column, size in enumerate(network.sizes):
                made[column][user, 0, size:] = _NEVER
        return made


@dataclass
class _Update:
    """Steps of SGD or Adam, as torch's optimizers make them, for the users that take part."""

    parameters: list[Tensor]
    options: Options
    _rate: float = field(init=False)
    _steps: Tensor = field(init=False)
    _state: list[dict[str, Tensor]] = field(init=False)

    def __post_init__(self) -> None:
        self._rate = self.options.learning_rate
        self._steps = torch.zeros(len(self.parameters[0]))
        self._state = [
            {name: torch.zeros_like(parameter) for name in _remembered(self.options)} for parameter in self.parameters
        ]

    def decay(self) -> None:
        """Lower the learning rate, as after each epoch."""
        self._rate *= self.options.learning_rate_decay or 1.0

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], active: Tensor) -> None:
        """Take one step for the users of `active` (U,)."""
        options = self.options
        self._steps += active
        everybody = bool(active.all())
        if everybody and options.optimizer == "sgd" and not options.momentum and not options.weight_decay:
            torch._foreach_add_(self.parameters, list(gradients), alpha=-self._rate)
            return
        chosen = slice(None) if everybody else active.nonzero()[:, 0]
        for parameter, gradient, state in zip(self.parameters, gradients, self._state, strict=True):
            # Of everybody these are views, which are changed where they are; of some they are copies, put back below.
            part = {name: whole[chosen] for name, whole in {"weights": parameter, **state}.items()}
            decayed = gradient[chosen]
            if options.weight_decay:
                decayed = decayed + options.weight_decay * part["weights"]
            update = self._sgd if options.optimizer == "sgd" else self._adam
            update(part, decayed, self._steps[chosen].view(-1, *[1] * (parameter.dim() - 1)))
            if not everybody:
                for name, whole in {"weights": parameter, **state}.items():
                    whole[chosen] = part[name]

    def _sgd(self, part: dict[str, Tensor], gradient: Tensor, _steps: Tensor) -> None:
        if self.options.momentum:
            gradient = part["velocity"].mul_(self.options.momentum).add_(gradient)
        part["weights"].sub_(gradient, alpha=self._rate)

    def _adam(self, part: dict[str, Tensor], gradient: Tensor, steps: Tensor) -> None:
        one, two = self.options.betas
        part["mean"].lerp_(gradient, 1 - one)
        part["square"].mul_(two).addcmul_(gradient, gradient, value=1 - two)
        square = part["square"]
        if self.options.amsgrad:
            square = torch.maximum(part["largest"], square, out=part["largest"])
        scale = square.sqrt().div_((1 - two**steps).sqrt()).add_(_ADAM_EPSILON)
        part["weights"].sub_(part["mean"].div(scale).mul_(self._rate / (1 - one**steps)))


def _remembered(options: Options) -> tuple[str, ...]:
    """Return what an optimizer keeps of each weight from step to step."""
    if options.optimizer == "sgd":
        return ("velocity",) if options.momentum else ()
    return ("mean", "square", "largest") if options.amsgrad else ("mean", "square")


@torch.no_grad()
def _checked(stack: _Stack, check: _Padded, size: int) -> list[float]:
    """Return each user's loss on rows as they are, as the mean over its own batches."""
    longest = check.rows.codes.shape[1]
    totals, batches = torch.zeros(len(check.counts)), torch.zeros(len(check.counts))
    for first in range(0, longest, size):
        index = torch.arange(first, min(first + size, longest)).expand(len(check.counts), -1)
        weight = (index < check.counts[:, None]).float()
        rows = check.at(index)
        totals += stack.losses(rows, rows, weight)
        batches += weight.any(dim=1)
    return (totals / batches.clamp(min=1.0)).tolist()


def _detached(embedding: torch.nn.Module) -> Tensor:
    """Return a view of a table that may be written to."""
    return next(embedding.parameters()).detach()
