"""The limit: the matrix products of training, and nothing else.

Each step of an autoencoder multiplies rows by the weights of each layer and of its heads, then gradients by them, and
rows by gradients. Whoever trains it so has to do that; activations, losses, embeddings and the steps themselves come on
top. The limit keeps weights and their gradients, as training has to, and writes everything else over what it wrote
before, so that it needs neither more time nor more memory than what it bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from swapbench_models.fingerprint.model.network import Network


@dataclass(frozen=True)
class Product:
    """One linear map of a network: so many inputs and outputs."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Work:
    """The sizes of the batches of each epoch, of those that validate after it, and of those of which the usual losses
    are learned in the end."""

    epochs: int
    batches: Sequence[int]
    checks: Sequence[int]
    usual: Sequence[int]


def products(network: Network) -> list[Product]:
    """Return the linear maps of a network: layers and projections, then its heads, which are one product."""
    maps = [module for module in network.layers.modules() if isinstance(module, torch.nn.Linear)]
    heads = network.numbers + network.truths + sum(network.sizes)
    return [*(Product(each.in_features, each.out_features) for each in maps), Product(network.width, heads)]


@torch.no_grad()
def train(made: Sequence[Product], work: Work) -> None:
    """Do the products of a whole training: forwards and backwards over each batch, and forwards over the others."""
    stores = _stores(made, {*work.batches, *work.checks, *work.usual})
    for _ in range(work.epochs):
        for size in work.batches:
            _forwards(stores[size])
            for store in reversed(stores[size]):
                torch.mm(store.result, store.weight, out=store.back)
                torch.mm(store.result.t(), store.rows, out=store.gradient)
        for size in work.checks:
            _forwards(stores[size])
    for size in work.usual:
        _forwards(stores[size])


def _forwards(stores: "Sequence[_Store]") -> None:
    for store in stores:
        torch.mm(store.rows, store.weight.t(), out=store.result)


@dataclass(frozen=True)
class _Store:
    """The operands and results of one product for batches of one size; weights lie as those of torch's layers do, so
    that the products are the same calls."""

    rows: Tensor
    weight: Tensor
    result: Tensor
    back: Tensor
    gradient: Tensor


def _stores(made: Sequence[Product], sizes: set[int]) -> dict[int, list[_Store]]:
    """Return what the products of each size of batch read and write; all but the weights is in the same places."""
    most, inputs, outputs = max(sizes), max(each.inputs for each in made), max(each.outputs for each in made)
    rows, result, back = (_filled(most * width) for width in (inputs, outputs, inputs))
    weights = [(_filled(each.inputs * each.outputs), _filled(each.inputs * each.outputs)) for each in made]

    def store(size: int, each: Product, weight: Tensor, gradient: Tensor) -> _Store:
        return _Store(
            rows[: size * each.inputs].view(size, each.inputs),
            weight.view(each.outputs, each.inputs),
            result[: size * each.outputs].view(size, each.outputs),
            back[: size * each.inputs].view(size, each.inputs),
            gradient.view(each.outputs, each.inputs),
        )

    return {size: [store(size, each, *both) for each, both in zip(made, weights, strict=True)] for size in sizes}


def _filled(count: int) -> Tensor:
    return torch.full((count,), 0.01, device="cpu")
