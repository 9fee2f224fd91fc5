"""Runs a command and says as JSON what it used: ``python -m benchmarks.used COMMAND...``; its exit status is ours.

It is a small process between, because Linux counts the memory of whoever starts a command into the command's peak.
"""

import json
import resource
import subprocess
import sys
import time


def main(command: list[str]) -> int:
    """Seconds of wall time and CPU, and the largest resident memory in bytes."""
    begun = time.perf_counter()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    wall, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
