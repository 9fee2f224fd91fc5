"""What must hold wherever the distribution is installed; also run against the built wheel (tools/try_wheel.py).

Needs only pytest and the distribution: no fixtures, no other module of tests.
"""

import importlib
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

ROOMS = ("definitions", "workflow", "store", "notifications", "language", "shapes", "web", "khuyencong")


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_imports(room: str) -> None:
    """A package that is not installed, or needs what is not declared, is found here and not by a user."""
    module = importlib.import_module(room)

    assert module.__file__ is not None


def test_the_shipped_definitions_load() -> None:
    """The law travels with the code: the TOML files are found beside the modules that read them."""
    bundle = importlib.import_module("definitions.bundle").shipped()

    assert {process.key for process in bundle.processes.values()} == {"kcdp", "kcqg"}


def test_the_migrations_travel_with_the_code() -> None:
    """`khuyencong init` on an installed wheel finds its revisions."""
    store = Path(str(importlib.import_module("store").__file__)).parent

    revisions = [path.name for path in (store / "migrations" / "versions").glob("*.py") if path.name != "__init__.py"]

    assert revisions


def test_every_notice_template_is_complete() -> None:
    """A notice is a folder of subject.txt, body.txt and body.html; half a folder cannot be sent."""
    room = Path(str(importlib.import_module("notifications").__file__)).parent
    folders = [path for path in (room / "templates").iterdir() if path.is_dir() and not path.name.startswith("_")]

    found = {folder.name: {path.name for path in folder.iterdir()} for folder in folders}

    assert found
    assert {key for key, names in found.items() if not {"subject.txt", "body.txt", "body.html"} <= names} == set()


def test_the_command_is_installed() -> None:
    """`khuyencong` answers as the program that pip installed, not as a module of the working folder."""
    command = Path(sysconfig.get_path("scripts")) / "khuyencong"

    answer = subprocess.run([str(command), "--help"], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert "proposal" in answer.stdout


def test_the_distribution_names_its_command() -> None:
    """The entry point and the version come from the installed metadata."""
    names = {point.name: point.value for point in entry_points(group="console_scripts")}

    assert names["khuyencong"] == "khuyencong.__main__:main"
    assert version("khuyencong")
    assert sys.version_info >= (3, 11)
