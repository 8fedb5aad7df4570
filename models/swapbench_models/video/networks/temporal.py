"""What makes logits (N, classes) of the features (N, T, width) of a clip's frames."""

from torch import Tensor, nn


class Recurrent(nn.Module):
    """A GRU over the frames, and logits of what it knows after the last."""

    def __init__(self, width: int, num_classes: int, *, units: int = 256, layers: int = 2) -> None:
        super().__init__()
        self.gru = nn.GRU(width, units, layers, batch_first=True)
        self.fc = nn.Linear(units, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        states, _ = self.gru(features)
        logits: Tensor = self.fc(states[:, -1])
        return logits


class Attentive(nn.Module):
    """Frames that attend to one another, and logits of their mean; in which order they came is not seen."""

    def __init__(
        self, width: int, num_classes: int, *, heads: int = 8, layers: int = 2, feedforward: int = 2048
    ) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, heads, feedforward, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.fc = nn.Linear(width, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.encoder(features).mean(dim=1))
        return logits
