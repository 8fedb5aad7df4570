"""The stack: networks of many users as one, whose layers have one dimension more."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.features import Rows, embedding_dimensions
from swapbench_models.fingerprint.model.network import FUNCTIONS, Layer, Network, Residual

_NEVER = -1e30  # the logit of a category that a user does not have


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


class Stack:
    """Networks of U users as one; `parameters` are its weights."""

    def __init__(self, networks: Sequence[Network], activation: str) -> None:
        first = networks[0]
        self._activation = FUNCTIONS[activation]
        self._device = next(first.parameters()).device
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
        return functional.embedding(
            codes + torch.arange(users, device=self._device)[:, None] * size, table.flatten(0, 1)
        )

    def _zeros(self, *shape: int) -> Tensor:
        made = torch.zeros(shape, device=self._device)
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
        made = [torch.zeros(len(networks), 1, size, device=self._device) for size in self._sizes]
        for user, network in enumerate(networks):
            for column, size in enumerate(network.sizes):
                made[column][user, 0, size:] = _NEVER
        return made


def _detached(embedding: torch.nn.Module) -> Tensor:
    """Return a view of a table that may be written to."""
    return next(embedding.parameters()).detach()
