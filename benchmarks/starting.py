"""How long a scheduler takes from its start to the end of its first tick; run as a process that prints it.

``python -m benchmarks.starting URL FOLDER``: milliseconds and MiB at most.
"""

import os
import resource
import sys
from pathlib import Path
from time import perf_counter

from khuyencong.settings import read_settings
from khuyencong.ticking import make_scheduler
from khuyencong.wiring import Installation
from tests.offices import morning_of


def main(url: str, folder: str) -> None:
    """Opens the installation, makes the scheduler, ticks once."""
    settings = {"KHUYENCONG_DATABASE_URL": url, "KHUYENCONG_MAIL_DIR": str(Path(folder) / "mail")}
    settings |= {f"KHUYENCONG_{name}": str(Path(folder) / name) for name in ("DOCUMENTS_DIR", "IDENTITY_KEY_FILE")}
    begun = perf_counter()
    scheduler = make_scheduler(Installation.open(read_settings(settings)), clock=lambda: morning_of(4, 19))
    scheduler.tick()
    wall = (perf_counter() - begun) * 1e3
    print(wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
