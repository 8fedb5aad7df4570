"""Pictures: natural scenes that come inside the wheels of scikit-image and scikit-learn; nothing is downloaded."""

import importlib.util
from functools import cache
from pathlib import Path

from PIL import Image

from swapbench_models.error import told
from swapbench_models.video.error import VideoError

# Of all that the wheels hold, photographs with something to see everywhere; of the motorcycle's two only one, for they
# show the same. Others are drawings, blurred, mostly black, or fetched from elsewhere when they are first asked for.
PICTURES: tuple[tuple[str, str], ...] = (
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/coffee.png"),
    ("sklearn", "datasets/images/china.jpg"),
    ("skimage", "data/grass.png"),
    ("skimage", "data/chelsea.png"),
    ("skimage", "data/rocket.jpg"),
    ("skimage", "data/brick.png"),
    ("sklearn", "datasets/images/flower.jpg"),
    ("skimage", "data/motorcycle_left.png"),
    ("skimage", "data/camera.png"),
    ("skimage", "data/ihc.png"),
    ("skimage", "data/coins.png"),
    ("skimage", "data/hubble_deep_field.jpg"),
    ("skimage", "data/gravel.png"),
)
_DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}


def name(number: int) -> str:
    """Return what a picture is called."""
    return Path(PICTURES[number][1]).stem


@cache
def picture(number: int) -> Image.Image:
    """Return a picture in RGB, those of one colour too; it is read once.

    Raises VideoError where its package is not installed, or does not hold it.
    """
    package, file = PICTURES[number]
    found = importlib.util.find_spec(package)
    advice = f"install {_DISTRIBUTIONS[package]}, whose pictures clips are made of"
    if found is None or not found.submodule_search_locations:
        raise VideoError(f"{_DISTRIBUTIONS[package]} is not installed; {advice}.")
    path = Path(found.submodule_search_locations[0]) / file
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except OSError as error:
        raise VideoError(f"{path}: cannot be read as a picture ({told(error)}); {advice}, again.") from error
