"""`python -m swapbench_models.neural`: check, compile, train and compare networks of the language."""

from swapbench_models.neural.command.main import main

if __name__ == "__main__":
    raise SystemExit(main())
