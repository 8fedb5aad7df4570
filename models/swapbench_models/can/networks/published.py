"""Published weights: the students of KD-GAT, as its authors saved them."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from swapbench_models.can.error import CanError
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.sizes import ClassifierSize

# Their repository's `final_student_model_*.pth`; the head is a single layer there, named otherwise.
STUDENT = ClassifierSize(hidden=32, layers=2, heads=4, jumping="lstm", fully_connected=1, embedding=0)
_HEAD, _OURS = "lin.", "fc_layers.0."
_UNREADABLE = (OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)


def published_student(file: str | Path) -> GATWithJK:
    """Return a network with the weights of a file, in the mode to predict.

    It is given the features of nodes in their published order, which is that of `Graphs`. Raises CanError, which names
    the file, where it cannot be read or holds another network; nothing but tensors is read of it.
    """
    content = _read(Path(file))
    weights = {name.replace(_HEAD, _OURS, 1) if name.startswith(_HEAD) else name: content[name] for name in content}
    network = GATWithJK(1, STUDENT)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise CanError(f"{file}: holds another network than a student of KD-GAT ({error}).") from error
    return network.eval()


def _read(file: Path) -> Mapping[str, Tensor]:
    try:
        content: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (*_UNREADABLE, pickle.UnpicklingError) as error:
        raise CanError(f"{file}: cannot be read as weights that torch has saved ({error}).") from error
    if not isinstance(content, Mapping) or not all(isinstance(each, Tensor) for each in content.values()):
        raise CanError(f"{file}: holds no weights by name; give a state_dict that torch has saved.")
    return content
