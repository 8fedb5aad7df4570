"""`python -m swapbench_models.video`: make clips, measure features, train models on folds, and compare them."""

from swapbench_models.video.command.main import main

if __name__ == "__main__":
    raise SystemExit(main())
