"""A device that is not there: what is computed on it has shapes and no numbers, and nothing else may take part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

# Ways to bring numbers to the processor; here they are all ones.
_READINGS = {"cpu", "tolist", "item", "__float__", "__bool__", "__int__"}
# Ways to bring a tensor to a device, which Module.to uses too, and what only asks for one's properties.
_MOVES = {"to", "__get__", "__set__", "_has_compatible_shallow_copy_type"}


class OneDevice(TorchFunctionMode):
    """Stands in for an accelerator, by the device `meta`: an operation whose tensors are in several places fails, as
    does making a tensor without saying where."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        name = getattr(func, "__name__", str(func))
        tensors = [each for each in tree_leaves([args, given]) if isinstance(each, Tensor)]
        places = {each.device.type for each in tensors}
        if name in _READINGS and places == {"meta"}:
            return func(torch.ones(tensors[0].shape, dtype=tensors[0].dtype, device="cpu"), *args[1:], **given)
        assert name in _MOVES or len(places) <= 1, f"{name} of tensors on {' and '.join(sorted(places))}"
        made = func(*args, **given)
        if isinstance(made, Tensor) and not tensors and name not in _MOVES:
            assert "device" in given, f"{name} does not say where its tensor is to be"
        return made
