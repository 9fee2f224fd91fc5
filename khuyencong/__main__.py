"""The program: ``khuyencong`` and ``python -m khuyencong``."""

import sys

from khuyencong.cli.running import run


def main() -> None:
    """Runs the command line it was started with."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
