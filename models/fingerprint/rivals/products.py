"""The limit: the matrix products of training, and nothing else.

Each step of an autoencoder multiplies rows by the weights of each layer and head, then gradients by them, and rows by
gradients. Whoever trains it so has to do that; activations, losses, embeddings and the steps themselves come on top.
"""

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
def multiply(made: list[Product], batches: list[int], epochs: int, checks: list[int]) -> None:
    """Do the products of so many epochs over batches of these sizes, and of validating on `checks` after each."""
    stores = {size: [_Store.of(each, size) for each in made] for size in {*batches, *checks}}
    for _ in range(epochs):
        for size in batches:
            for store in stores[size]:
                torch.mm(store.rows, store.weight, out=store.result)
            for store in reversed(stores[size]):
                torch.mm(store.result, store.weight.t(), out=store.back)
                torch.mm(store.rows.t(), store.result, out=store.gradient)
        for size in checks:
            for store in stores[size]:
                torch.mm(store.rows, store.weight, out=store.result)


@dataclass(frozen=True)
class _Store:
    rows: Tensor
    weight: Tensor
    result: Tensor
    back: Tensor
    gradient: Tensor

    @classmethod
    def of(cls, made: Product, size: int) -> "_Store":
        generator = torch.Generator().manual_seed(0)

        def filled(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator) * 0.01

        return cls(
            filled(size, made.inputs),
            filled(made.inputs, made.outputs),
            filled(size, made.outputs),
            filled(size, made.inputs),
            filled(made.inputs, made.outputs),
        )
