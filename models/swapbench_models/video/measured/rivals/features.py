"""Features, to be timed beside each other: `dct(pictures)` and `extract(pictures)` of pictures in RGB (n, H, W, 3)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.dct import dct
from swapbench_models.video.features.extract import of_picture
from swapbench_models.video.features.gray import gray
from swapbench_models.video.features.strips import mirrored

Pictures = NDArray[np.uint8]
Rows = NDArray[np.float64]
_BLOCK = 8


def pictures(width: int, height: int, count: int) -> tuple[Any, Any]:
    """Return pictures of soft noise (count, height, width, 3), and zeros."""
    draws = np.random.default_rng(0).integers(0, 256, (count, height + 2, width + 2, 3), dtype=np.uint8)
    soft = sum(draws[:, y : y + height, x : x + width].astype(np.uint16) for y in range(3) for x in range(3)) // 9
    return np.asarray(soft, np.uint8), np.zeros(count, dtype=np.int64)


class Ours:
    """All blocks at once."""

    def dct(self, pictures: Pictures) -> Rows:
        """Return the statistics of the DCT (n, 7)."""
        return np.array([dct(mirrored(gray(picture))) for picture in pictures])

    def extract(self, pictures: Pictures) -> Rows:
        """Return all numbers of pictures (n, 18)."""
        return np.array([of_picture(picture) for picture in pictures])


class Loop:
    """Block after block, each by SciPy's DCT of its columns and its rows; everything else by OpenCV and NumPy."""

    def __init__(self) -> None:
        import cv2

        cv2.setNumThreads(1)

    def dct(self, pictures: Pictures) -> Rows:
        """Return the statistics of the DCT (n, 7)."""
        return np.array([_dct(_gray(picture)) for picture in pictures])

    def extract(self, pictures: Pictures) -> Rows:
        """Return all numbers of pictures (n, 18)."""
        shades = map(_gray, pictures)
        return np.array([(*_noise(each), *_dct(each), *_sharpness(each), _boundaries(each)) for each in shades])


def _gray(picture: Pictures) -> Any:
    import cv2

    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def _noise(picture: Any) -> tuple[float, ...]:
    import cv2

    exact = picture.astype(np.float64)
    left = exact - cv2.GaussianBlur(exact, (5, 5), 1.0)
    return left.mean(), left.std(), np.abs(left).max(), np.square(left).mean()


def _dct(picture: Any) -> tuple[float, ...]:
    from scipy.fft import dct as transformed

    padded = np.pad(picture / 255, [(0, -side % _BLOCK) for side in picture.shape], mode="edge")
    found = []
    for top in range(0, padded.shape[0], _BLOCK):
        for left in range(0, padded.shape[1], _BLOCK):
            block = padded[top : top + _BLOCK, left : left + _BLOCK]
            found.append(transformed(transformed(block.T, norm="ortho").T, norm="ortho"))
    each = np.array(found)
    first, others = each[:, 0, 0], each.reshape(len(each), -1)[:, 1:]
    low = np.abs(np.concatenate([each[:, 0, 1:4], each[:, 1:4, 0]])).mean()
    high = np.abs(each[:, 4:, 4:]).mean()
    return first.mean(), first.std(), np.abs(others).mean(), others.std(), low, high, low / (high + 1e-6)


def _sharpness(picture: Any) -> tuple[float, ...]:
    import cv2

    across, down = cv2.Sobel(picture, cv2.CV_64F, 1, 0), cv2.Sobel(picture, cv2.CV_64F, 0, 1)
    squares = np.square(across) + np.square(down)
    gradient = np.sqrt(squares)
    exact = picture.astype(np.float64)
    return (
        cv2.Laplacian(picture, cv2.CV_64F).var(),
        gradient.mean(),
        gradient.std(),
        gradient.max(),
        squares.mean(),
        np.square(exact[2:] - exact[:-2]).mean(),
    )


def _boundaries(picture: Any) -> float:
    exact = picture.astype(np.float64)
    met, inside = [], []
    for changes in (np.abs(np.diff(exact, axis=1)).T, np.abs(np.diff(exact, axis=0))):
        best = max(range(_BLOCK), key=lambda place: changes[place::_BLOCK].mean())
        at = np.arange(len(changes)) % _BLOCK == best
        met.append(changes[at].ravel())
        inside.append(changes[~at].ravel())
    return float(np.concatenate(met).mean() / (np.concatenate(inside).mean() + 1e-6))
