"""Pipelines: the two models of handcrafted features, as scikit-learn has them."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC


def logistic_regression(*, num_classes: int, profile: str, seed: int) -> Pipeline:
    """Return a logistic regression of features that are scaled to a spread of one, the same in each profile."""
    return Pipeline([("scaler", StandardScaler()), ("model", LogisticRegression(max_iter=1000, random_state=seed))])


def svm(*, num_classes: int, profile: str, seed: int) -> Pipeline:
    """Return a linear support vector machine of such features, whose distances become probabilities by a sigmoid that
    is fitted to those of clips that it was not trained on (Platt, "Probabilistic Outputs for Support Vector Machines",
    1999)."""
    machine = LinearSVC(max_iter=1000, random_state=seed)
    return Pipeline([("scaler", StandardScaler()), ("model", CalibratedClassifierCV(machine, cv=5, ensemble=False))])
