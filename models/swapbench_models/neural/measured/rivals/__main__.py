"""`python -m swapbench_models.neural.measured.rivals`: the parser written by hand beside the one that lark makes."""

import sys

from swapbench_models.neural.measured.rivals.beside import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
