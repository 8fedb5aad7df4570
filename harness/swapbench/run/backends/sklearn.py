"""The adapter of scikit-learn."""

from swapbench.run.backends.adapter import Adapter


class Sklearn(Adapter):
    """scikit-learn, which computes with NumPy and SciPy and takes its seeds as arguments."""

    module = "sklearn"
    preload = ("sklearn.metrics", "sklearn.model_selection")
