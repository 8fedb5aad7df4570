"""Graph attention: a node is the sum of what its neighbours are, each weighed by how much it matters to it.

The layer of torch_geometric's GATConv, with its names for weights and the same outputs. Only the way is another: what
an edge brings is never a row of memory, for rows are weighed and summed as they are read.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from swapbench_models.can.networks.neighbours import Bags, Neighbours

_SLOPE = 0.2  # of the rectifier of attention, below 0


class GraphAttention(nn.Module):
    """Nodes (N, inputs) in, (N, heads x outputs) out (Veličković and others, "Graph attention networks", 2018).

    With `edge_features`, how much a neighbour matters depends on so many features of its edge too.
    """

    def __init__(self, inputs: int, outputs: int, heads: int = 1, edge_features: int | None = None) -> None:
        super().__init__()
        self.heads, self.outputs = heads, outputs
        self.lin = nn.Linear(inputs, heads * outputs, bias=False)
        self.att_src = nn.Parameter(torch.empty(1, heads, outputs))
        self.att_dst = nn.Parameter(torch.empty(1, heads, outputs))
        self.bias = nn.Parameter(torch.zeros(heads * outputs))
        self.lin_edge = nn.Linear(edge_features, heads * outputs, bias=False) if edge_features else None
        self.att_edge = nn.Parameter(torch.empty(1, heads, outputs)) if edge_features else None
        for layer in filter(None, (self.lin, self.lin_edge)):
            nn.init.xavier_uniform_(layer.weight)
        for attention in (self.att_src, self.att_dst, self.att_edge):
            if attention is not None:
                bound = math.sqrt(6 / (heads + outputs))
                nn.init.uniform_(attention, -bound, bound)

    def forward(self, nodes: Tensor, neighbours: Neighbours) -> Tensor:
        matters = functional.leaky_relu(self._matters(nodes, neighbours), _SLOPE)
        weights = _shares(matters, neighbours)
        return summed(self.lin(nodes), weights, neighbours) + self.bias

    def _matters(self, nodes: Tensor, neighbours: Neighbours) -> Tensor:
        """Return how much the source of each edge matters to its target (heads, E), any number."""
        source = _folded(self.lin, self.att_src) @ nodes.t()
        target = _folded(self.lin, self.att_dst) @ nodes.t()
        matters = source.index_select(1, neighbours.sources) + target.index_select(1, neighbours.targets)
        if self.lin_edge is None or self.att_edge is None or neighbours.features is None:
            return matters
        return matters + _folded(self.lin_edge, self.att_edge) @ neighbours.features.t()


def _folded(layer: nn.Linear, attention: Tensor) -> Tensor:
    """Return (heads, inputs): a layer, and after it the product with each head's attention, as one."""
    _, heads, outputs = attention.shape
    return (layer.weight.view(heads, outputs, -1) * attention[0, :, :, None]).sum(dim=1)


def _shares(matters: Tensor, neighbours: Neighbours) -> Tensor:
    """Return the softmax of what matters (heads, E), over the edges to each target."""
    targets, shape = neighbours.targets, (len(matters), neighbours.nodes)
    into = targets.expand_as(matters)
    highest = matters.new_full(shape, -torch.inf).scatter_reduce(1, into, matters.detach(), "amax")
    powers = (matters - highest.index_select(1, targets)).exp()
    sums = powers.new_zeros(shape).scatter_add(1, into, powers)
    return powers / sums.index_select(1, targets)


def summed(rows: Tensor, weights: Tensor, neighbours: Neighbours) -> Tensor:
    """Return for each node the sum (N, heads x width) of its neighbours' rows (N, heads x width), by the weight of each
    edge in each head (heads, E)."""
    if not torch.is_grad_enabled():
        return _summed(rows, weights, neighbours.bags(len(weights)))
    total: Tensor = _Summed.apply(rows, weights, neighbours)  # type: ignore[no-untyped-call]  # torch leaves it so
    return total


class _Summed(torch.autograd.Function):
    """As torch's own sum, but the gradient of the rows is such a sum too, of the gradients at the targets of each
    source: several times faster than to add up what each edge brings to it."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weights: Tensor, neighbours: Neighbours) -> Tensor:
        with torch.enable_grad():  # torch's own gradient is taken of the weights alone
            own = weights.detach().requires_grad_()
            total = _summed(rows.detach(), own, neighbours.bags(len(weights)))
        ctx.save_for_backward(weights)
        ctx.total, ctx.own, ctx.neighbours = total, own, neighbours
        return total.detach()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        (weights,), neighbours = ctx.saved_tensors, ctx.neighbours
        (of_weights,) = torch.autograd.grad(ctx.total, ctx.own, gradient)
        by_source = weights.index_select(1, neighbours.order)
        return _summed(gradient.contiguous(), by_source, neighbours.bags_back(len(weights))), of_weights, None


def _summed(rows: Tensor, weights: Tensor, bags: Bags) -> Tensor:
    heads = len(weights)
    table = rows.view(len(rows) * heads, -1)
    sums = functional.embedding_bag(bags.places, table, bags.starts, mode="sum", per_sample_weights=weights.flatten())
    return sums.view(heads, len(rows), -1).transpose(0, 1).reshape(rows.shape)
