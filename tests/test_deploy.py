"""What is in deploy/ parses, names what exists, and is hardened."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import typer.main

from khuyencong.cli import app
from khuyencong.settings import read_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
SERVICES = sorted(DEPLOY.glob("*.service"))


def unit(path: Path) -> ConfigParser:
    """The sections of a unit file; of a key that stands twice, the last."""
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # As configparser's own documentation does it.
    parser.read(path, encoding="utf-8")
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_parses(path: Path) -> None:
    """By systemd's own parser where there is one, which also knows the keys; else by its form."""
    assert {"Unit"} < set(unit(path).sections())

    analyze = shutil.which("systemd-analyze")
    if analyze:
        said = subprocess.run([analyze, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)
        assert [line for line in said.stderr.splitlines() if path.name in line] == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_may_do_little(path: Path) -> None:
    """No rights to gain, no other folder to write, no devices, no other kind of network."""
    service = unit(path)["Service"]

    assert service["User"] == "khuyencong"
    assert service["NoNewPrivileges"] == service["PrivateTmp"] == service["PrivateDevices"] == "yes"
    assert (service["ProtectSystem"], service["ProtectHome"], service["UMask"]) == ("strict", "yes", "0077")
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("path", [*SERVICES, DEPLOY / "Containerfile"], ids=lambda path: path.name)
def test_the_commands_exist(path: Path) -> None:
    """What a machine starts at night nobody sees fail."""
    text = path.read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    typed = [line.split() for line in re.findall(r"khuyencong ((?:scheduler )?(?:run|status|backup))", text)]
    typed += [re.findall(r"\w+", line) for line in re.findall(r'^CMD \["(.*)"\]', text, flags=re.MULTILINE)]

    assert typed
    for words in typed:
        command = group
        for word in words:
            command = command.commands[word]  # type: ignore[attr-defined]  # Groups have them.


def test_the_timer_starts_the_backup() -> None:
    """A timer starts the service of its own name; a missed night is made up for."""
    timer = DEPLOY / "khuyencong-backup.timer"

    assert timer.with_suffix(".service").is_file()
    assert unit(timer)["Timer"]["Persistent"] == "true"
    assert "Asia/Ho_Chi_Minh" in unit(timer)["Timer"]["OnCalendar"]


def test_the_example_environment_is_read() -> None:
    """Every variable of it is a setting, with the commented ones too."""
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    lines = [line.lstrip("#") for line in text.splitlines() if re.match(r"#?KHUYENCONG_", line)]

    settings = read_settings(dict(line.split("=", 1) for line in lines))

    assert settings.smtp_starttls
    assert settings.database_url == "sqlite:////var/lib/khuyencong/khuyencong.db"


def test_the_image_holds_every_room() -> None:
    """A room that the container file forgets would be missing on the machine only; no registry is named."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")} - {"tests", "benchmarks"}

    assert rooms <= set(re.findall(r"^COPY (\w+) ", text, flags=re.MULTILINE))
    assert set(re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE)) == {"python:3.11-slim"}
