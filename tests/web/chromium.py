"""A real browser: Chromium of the PATH, else of the machine's packages, else one sentence."""

import os
import shutil
import subprocess


class NoChromium(Exception):
    """There is no Chromium here, and none could be installed."""


def find_chromium() -> str:
    """The browser's program. Raises NoChromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *command], env=env, check=False, capture_output=True)
        found = shutil.which("chromium")
    if found is None:
        raise NoChromium("the pages need a browser to be tried: install chromium (Debian: apt-get install chromium)")
    return found
