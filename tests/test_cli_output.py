"""Every command helps, is documented, and with ``--json`` says one document and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import orjson
import pytest
import typer.main

from khuyencong.cli import app
from khuyencong.cli.hoisting import hoist
from tests.shell import DRAFT, Shell

ROOT = Path(__file__).parent.parent
WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = tuple(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("command", [command for _, command in ALL], ids=[" ".join(path) for path, _ in ALL])
def test_every_command_helps(command: Any) -> None:
    """Each has a sentence, each option too."""
    options = [param for param in command.params if param.name not in ("help", "context")]

    assert command.help
    assert [param.name for param in options if not param.help] == []


def test_the_reference_says_what_the_command_says() -> None:
    """docs/reference/commands.md is written by tools/write_commands.py; run it after a change."""
    written = run_path(str(ROOT / "tools" / "write_commands.py"))["reference"]()

    assert (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8") == written


def test_the_commands_of_the_interface_exist() -> None:
    """Scripts rely on these names."""
    promised = """demo init definitions.list definitions.show definitions.check definitions.diagram proposal.new
    proposal.edit proposal.list proposal.show proposal.actions proposal.act proposal.history deadline.explain
    calendar.show calendar.publish calendar.count scheduler.run scheduler.tick scheduler.status reminder.list
    reminder.coverage notice.list notice.show notice.resend audit.verify user.add user.list user.token agency.list
    appointment.add appointment.list"""

    assert set(promised.split()) <= {".".join(path) for path, _ in ALL}


@pytest.fixture(scope="module")
def busy(prepared: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An office with a draft and a withdrawn proposal, and what was told of it."""
    office = prepared.copy(tmp_path_factory.mktemp("busy"))
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT, *WHO)
    office.json(*new)
    office.json(*new)
    office.json("proposal", "act", "LC-2022-0002", "withdraw", "--fact", "reason=thôi", *WHO)
    office.json("appointment", "add", "sct-lai-chau", "observer", "--basis", "QĐ 1", "--since", "01/01/2021")
    office.json("scheduler", "tick", "--at", "2021-03-06T09:00")
    return office


READS = (
    "definitions list",
    "definitions show kcdp",
    "definitions show lai-chau-2021-2025",
    "definitions diagram kcdp",
    "definitions diagram kcqg --format svg",
    "proposal list",
    "proposal list --overdue --search che --holder ttkc-lai-chau",
    "proposal show LC-2022-0001",
    "proposal show LC-2022-0002 --as-of 2021-03-05T09:00:00.000000",
    "proposal actions LC-2022-0001 --as can-bo.ttkc-lai-chau",
    "proposal history LC-2022-0002",
    "deadline explain LC-2022-0001",
    "calendar show 2022",
    "calendar count 28/01/2022 10",
    "scheduler status",
    "reminder list",
    "reminder list --proposal LC-2022-0002",
    "reminder coverage",
    "notice list",
    "notice list --proposal LC-2022-0002",
    "audit verify",
    "user list",
    "agency list",
    "appointment list",
    "guidance list lai-chau-2021-2025",
    "init",
)


@pytest.mark.parametrize("line", READS)
def test_json_is_one_document_and_people_get_something_to_read(busy: Shell, line: str) -> None:
    """Standard output is JSON that parses as a whole, or text with no JSON in it."""
    spoken, written = busy(*line.split()), busy("--json", *line.split())

    assert (spoken.status, written.status) == (0, 0), spoken.err + written.err
    assert isinstance(orjson.loads(written.out), dict)
    assert spoken.out.strip()
    assert not spoken.out.startswith("{")


def test_an_action_has_the_shape_that_scripts_rely_on(busy: Shell) -> None:
    """Names of the interface, for actions that are allowed and for those that are not."""
    actions = busy.json("proposal", "actions", "LC-2022-0001", *WHO)["actions"]

    submit = next(one for one in actions if one["action"] == "submit")
    field = next(one for one in submit["fields"] if one["key"] == "letter_date")
    assert {one["action"] for one in actions} == {"submit", "withdraw"}
    assert (submit["allowed"], submit["main"], submit["reasons"]) == (True, True, [])
    assert (submit["owner"]["role"], submit["owner"]["agency"]) == ("implementer", "ttkc-lai-chau")
    assert (field["type"], field["required"], field["max"]) == ("date", True, "2021-03-05")
    assert {"min", "max", "choices", "pattern", "default", "example", "label"} <= field.keys()
    assert {one["type"] for one in submit["fields"]} >= {"document", "bool", "text", "date"}
    assert submit["consequence"]["target"] == "submitted"
    assert submit["consequence"]["sentence"].startswith("Hồ sơ chuyển từ “")
    assert [one["rule"] for one in submit["consequence"]["deadlines_started"]]
    assert {one["name"] for one in submit["consequence"]["notified"]} >= {"HTX Chè Pắc Ta"}


def test_a_closed_action_says_why_and_who_can_open_it(busy: Shell) -> None:
    """To someone who does not own it."""
    actions = busy.json("proposal", "actions", "LC-2022-0001", "--as", "thanh-tra")["actions"]

    assert all(not one["allowed"] for one in actions)
    assert all(reason["lifted_by"] and reason["sentence"] for one in actions for reason in one["reasons"])


#: What interfaces.md promises of a step.
_STEP = {
    *("seq", "action", "source", "target", "actor", "agency", "capacity", "on_behalf_of", "effective_on"),
    *("recorded_at", "note", "facts", "documents", "process", "channel", "previous_hash", "hash"),
}


def test_history_has_the_fields_that_scripts_rely_on(busy: Shell) -> None:
    """And the chain beside it has no gap."""
    history = busy.json("proposal", "history", "LC-2022-0002")

    step = history["steps"][0]
    assert step.keys() >= _STEP
    assert step["facts"] == {"reason": "thôi"}
    assert step["channel"] == "cli"
    assert [link["seq"] for link in history["entries"]] == [1, 2]


def test_people_read_money_and_dates_as_offices_write_them(busy: Shell) -> None:
    """300.000.000 đ and dd/mm/yyyy."""
    answer = busy("proposal", "show", "LC-2022-0001")

    assert "200.000.000 đ" in answer.out
    assert "19/05/2021" in answer.out
    assert "Trung tâm Khuyến công" in answer.out


def test_days_are_counted_by_name(busy: Shell) -> None:
    """Tết is skipped by its name, and the count ends where a calendar on the wall says."""
    document = busy.json("calendar", "count", "28/01/2022", "3")

    assert document["last_day"] == "2022-02-09"
    assert any("Tết" in line["name"] for line in document["lines"] if not line["counts"])
    assert [line["number"] for line in document["lines"] if line["counts"]] == [1, 2, 3]


def test_a_count_across_a_year_that_nobody_published_names_no_version_of_it(busy: Shell) -> None:
    """Such a year stands as version 0 for programs, and for people as one that was not published."""
    answer = busy("calendar", "count", "28/12/2028", "3")

    assert "(lịch năm 2028 chưa công bố; năm 2029 chưa công bố)" in answer.out


def test_global_options_stand_anywhere() -> None:
    """They are moved to the front; a value that looks like one is protected by ``=`` or ``--``."""
    line = ["proposal", "show", "LC-1", "--json", "--database", "x", "--note=--json", "--", "--json"]

    assert hoist(line) == ["--json", "--database", "x", "proposal", "show", "LC-1", "--note=--json", "--", "--json"]


def test_init_may_be_repeated(busy: Shell) -> None:
    """The second time nothing is published and nothing changes."""
    before = busy.rows()

    again = busy.json("init")

    assert (again["published"], again["templates"], again["sandbox"]) == ([], False, True)
    assert busy.rows() == before
