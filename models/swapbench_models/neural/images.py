"""Pictures of digits, their labels, and what is predicted of them: shapes and types."""

import numpy as np
from numpy.typing import NDArray

# 28 x 28 shades of one colour, and the digits that they show.
IMAGE = (28, 28, 1)
CLASSES = 10

Images = NDArray[np.float32]
Labels = NDArray[np.int64]
Probabilities = NDArray[np.float32]
