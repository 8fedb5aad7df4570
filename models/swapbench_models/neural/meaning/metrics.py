"""Metrics by the names that texts have for them, and which of them a run computes."""

# What each name that `run` computes stands for.
COMPUTED = {
    "accuracy": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "f1_score": "f1",
    "macro_f1": "macro_f1",
    "auc": "auc",
    "log_loss": "log_loss",
    "cross_entropy": "log_loss",
    "crossentropy": "log_loss",
    "categorical_cross_entropy": "log_loss",
    "categorical_crossentropy": "log_loss",
    "sparse_categorical_cross_entropy": "log_loss",
    "sparse_categorical_crossentropy": "log_loss",
    "binary_cross_entropy": "binary_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "bce": "binary_cross_entropy",
    "top_k_accuracy": "top_5_accuracy",
    "top_k_categorical_accuracy": "top_5_accuracy",
    "sparse_top_k_categorical_accuracy": "top_5_accuracy",
}
# Of numbers, where a run scores classes, and of texts.
NOT_COMPUTED = (
    "mse", "mean_squared_error", "rmse", "mae", "mean_absolute_error", "huber", "r2", "perplexity",
)  # fmt: skip
METRICS = (*COMPUTED, *NOT_COMPUTED)
