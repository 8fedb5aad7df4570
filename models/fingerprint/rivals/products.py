"""The limit: the matrix products of training, and nothing else.

Each step of an autoencoder multiplies rows by the weights of each layer and head, then gradients by them, and rows by
gradients. Whoever trains it so has to do that; activations, losses, embeddings and the steps themselves come on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.fingerprint.network import Network


@dataclass(frozen=True)
class Product:
    """One linear map of a network: so many inputs and outputs."""

    inputs: int
    outputs: int


def products(network: Network) -> list[Product]:
    """Return the linear maps of a network: layers, projections and heads."""
    return [
        Product(module.in_features, module.out_features)
        for module in network.modules()
        if isinstance(module, torch.nn.Linear)
    ]


@torch.no_grad()
def train(made: Sequence[Product], batches: Sequence[int], epochs: int, checks: Sequence[int]) -> None:
    """Do the products of so many epochs over batches of these sizes, and of validating on `checks` after each."""
    stores = _stores(made, batches)
    for _ in range(epochs):
        for size in batches:
            for store in stores[size]:
                torch.mm(store.rows, store.weight, out=store.result)
            for store in reversed(stores[size]):
                torch.mm(store.result, store.weight.t(), out=store.back)
                torch.mm(store.rows.t(), store.result, out=store.gradient)
        evaluate(made, checks)


@torch.no_grad()
def evaluate(made: Sequence[Product], batches: Sequence[int]) -> None:
    """Do the products of guessing rows in batches of these sizes, as for the usual losses after training."""
    stores = _stores(made, batches)
    for size in batches:
        for store in stores[size]:
            torch.mm(store.rows, store.weight, out=store.result)


def _stores(made: Sequence[Product], batches: Sequence[int]) -> "dict[int, list[_Store]]":
    return {size: [_Store.of(each, size) for each in made] for size in set(batches)}


@dataclass(frozen=True)
class _Store:
    rows: Tensor
    weight: Tensor
    result: Tensor
    back: Tensor
    gradient: Tensor

    @classmethod
    def of(cls, made: Product, size: int) -> "_Store":
        def filled(*shape: int) -> Tensor:
            return torch.full(shape, 0.01)

        return cls(
            filled(size, made.inputs),
            filled(made.inputs, made.outputs),
            filled(size, made.outputs),
            filled(size, made.inputs),
            filled(made.inputs, made.outputs),
        )
