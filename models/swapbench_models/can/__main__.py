"""`python -m swapbench_models.can`: train detectors of attacks on recordings of a vehicle's bus, and compare them."""

from swapbench_models.can.command.main import main

if __name__ == "__main__":
    raise SystemExit(main())
