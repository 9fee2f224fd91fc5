"""History taken out: the same rows in every format, who took them, and logs that pm4py reads and replays."""

import csv
import json
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import orjson
import pytest
from openpyxl import load_workbook

from audit.events import events_of, net_of
from definitions.bundle import shipped
from khuyencong.demo.cast import players
from khuyencong.demo.stage import Stage
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from tests.histories import Lives
from tests.mining import environment
from tests.moving import Works
from tests.shell import DRAFT, Shell
from tests.staging import house, kept
from workflow.entries import read_body

AT = ("--at", "2022-11-01T09:00")
AUDITOR = ("--as", "thanh-tra")
CENTRE = ("--as", "can-bo.ttkc-lai-chau")
RISKY = 'name==1+1 <Máy> & "chè"'
SCHEMA = Path(__file__).parent / "vectors" / "ocel2.schema.json"
REPLAY = Path(__file__).parent / "mining" / "replay.py"
NAMESPACE = "{http://www.xes-standard.org/}"


@pytest.fixture(scope="module")
def lived(prepared: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Random lives in a sandbox, with extensions, corrections and openings, and one draft with a risky name."""
    shell = prepared.copy(tmp_path_factory.mktemp("lived"))
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *CENTRE)
    shell.json(*new, "--at", "2021-03-05T09:00", *DRAFT)
    edit = ("proposal", "edit", "LC-2022-0001", "--fact", RISKY)
    shell.json(*edit, *CENTRE, "--at", "2021-03-05T10:00")
    home = Installation.open(Settings(database_url=f"sqlite:///{shell.file}"))
    with home.store.read() as uow:
        found = [uow.actor(player.username, channel="cli") for player in players()]
    stage = Stage(store=home.store, house=house(), cast=tuple(actor for actor in found if actor), keep=kept)
    Lives(Works(stage=stage), 14, 3).run()
    home.store.close()
    return shell


def taken(shell: Shell, folder: Path, formats: str, *words: str) -> Any:
    return shell.json("audit", "export", str(folder / "out"), "--format", formats, *words, *AUDITOR, *AT)


def rows_of(file: Path) -> Iterator[tuple[str, int, str]]:
    """Case, number and hash of every row of a file."""
    if file.suffix == ".jsonl":
        for line in file.read_bytes().splitlines()[1:]:
            row = orjson.loads(line)
            yield row["case"], row["seq"], row["hash"]
    elif file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = list(csv.reader(opened, delimiter=";"))[7:]
        yield from ((line[0], int(line[3]), line[-1]) for line in lines)
    elif file.suffix == ".xlsx":
        yield from (
            (line[0], line[3], line[-1]) for line in load_workbook(file)["Nhật ký"].iter_rows(8, values_only=True)
        )
    elif file.suffix == ".xes":
        for trace in ET.parse(file).getroot().iter(f"{NAMESPACE}trace"):  # noqa: S314 - our own file.
            code = trace[0].get("value") or ""
            for event in trace.iter(f"{NAMESPACE}event"):
                told = {str(one.get("key")): str(one.get("value")) for one in event}
                yield code, int(told["seq"]), told["hash"]
    else:
        for event in orjson.loads(file.read_bytes())["events"]:
            named = {one["name"]: one["value"] for one in event["attributes"]}
            yield event["relationships"][0]["objectId"].removeprefix("proposal:"), int(named["seq"]), named["hash"]


def logged(shell: Shell) -> list[tuple[str, int, str]]:
    """The same of the log itself, as proposals list their chains."""
    codes = [one["code"] for one in shell.json("proposal", "list", *AT)["proposals"]]
    chains = {code: shell.json("proposal", "history", code, *AT)["entries"] for code in codes}
    return sorted((code, one["seq"], one["hash"]) for code, chain in chains.items() for one in chain)


def test_every_format_holds_the_whole_log(lived: Shell, tmp_path: Path) -> None:
    """Five files, one set of rows: each entry of each chain once."""
    made = taken(lived, tmp_path, "csv,xlsx,jsonl,xes,ocel")

    whole = logged(lived)
    assert made["events"] == len(whole)
    for one in made["files"]:
        assert sorted(rows_of(Path(one["file"]))) == whole, one["format"]
        assert sha256(Path(one["file"]).read_bytes()).hexdigest() == one["sha256"]


@pytest.mark.parametrize(
    "words",
    [
        ("--code", "LC-2022-0001"),
        ("--from", "2022-04-01", "--to", "30/04/2022"),
        ("--agency", "stc-lai-chau"),
        ("--programme", "quang-nam-2021-2025"),
    ],
)
def test_a_filter_selects_the_same_rows_everywhere(lived: Shell, tmp_path: Path, words: tuple[str, ...]) -> None:
    """And each file says which filter it was, who asked and when."""
    made = taken(lived, tmp_path, "csv,xlsx,jsonl,xes,ocel", *words)

    found = [sorted(rows_of(Path(one["file"]))) for one in made["files"]]
    assert all(rows == found[0] for rows in found)
    assert len(found[0]) == made["events"] < len(logged(lived))
    assert made["events"] > 0 or words[1] == "quang-nam-2021-2025"
    for one in made["files"]:
        if one["format"] != "xlsx":
            said = Path(one["file"]).read_text(encoding="utf-8")
            assert made["asked_by"] in said
            assert "2022-11-01" in said or "01/11/2022" in said
    head = orjson.loads((tmp_path / "out.jsonl").read_bytes().splitlines()[0])["export"]
    assert head["filters"] == made["filters"] != {}


def test_history_keeps_who_took_it(lived: Shell, tmp_path: Path) -> None:
    """One entry for each file, with the filter and the hash."""
    made = taken(lived, tmp_path, "xes,ocel", "--code", "LC-2022-0001")

    home = Installation.open(Settings(database_url=f"sqlite:///{lived.file}"))
    bodies = [read_body(entry) for entry in home.history("exports")][-2:]
    home.store.close()
    assert [body["file_sha256"] for body in bodies] == [one["sha256"] for one in made["files"]]
    assert [body["form"] for body in bodies] == ["xes", "ocel"]
    assert all(body["filters"] == {"code": "LC-2022-0001"} for body in bodies)


def test_the_ocel_log_is_valid_and_no_relation_dangles(lived: Shell, tmp_path: Path) -> None:
    """By the published schema; every object is there once and of a declared type, every event of a declared type."""
    taken(lived, tmp_path, "ocel")

    log = json.loads((tmp_path / "out.ocel.json").read_bytes())
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_bytes())).validate(log)
    names = [one["id"] for one in log["objects"]]
    related = {one["objectId"] for event in log["events"] for one in event["relationships"]}
    assert len(names) == len(set(names))
    assert related <= set(names)
    assert {one["type"] for one in log["objects"]} == {"proposal", "agency", "document", "notice"}
    assert {one["type"] for one in log["events"]} <= {one["name"] for one in log["eventTypes"]}


def test_pm4py_reads_both_logs_and_replays_every_case(lived: Shell, tmp_path: Path) -> None:
    """Equal counts of cases, events and resources; fitness 1.0 on the process's own net, and 0 with a step left out."""
    made = taken(lived, tmp_path, "xes,ocel")
    nets = {
        process.ref: [[arc.move, arc.source, arc.target] for arc in net_of(process)]
        for process in shipped().processes.values()
    }
    (tmp_path / "nets.json").write_bytes(orjson.dumps(nets))

    words = [str(tmp_path / name) for name in ("out.xes", "out.ocel.json", "nets.json", "answer.json")]
    subprocess.run([str(environment.python()), str(REPLAY), *words], check=True, capture_output=True)

    read = orjson.loads((tmp_path / "answer.json").read_bytes())
    assert (read["cases"], read["events"], read["resources"]) == (made["cases"], made["events"], made["resources"])
    assert (read["ocel_events"], read["ocel_people"]) == (made["events"], made["resources"])
    assert read["objects"]["proposal"] == made["cases"] == len(read["fitness"])
    assert set(read["fitness"]) == {1.0}
    assert read["fitness_spoilt"]
    assert 1.0 not in read["fitness_spoilt"]


def test_events_follow_the_states(lived: Shell) -> None:
    """Each event begins where the one before it ended, a step that was taken back included; the last is the state."""
    kinds: set[str] = set()
    home = Installation.open(Settings(database_url=f"sqlite:///{lived.file}"))
    with home.store.read() as uow:
        for code, *_ in logged(lived):
            proposal = uow.proposal(code)
            events = list(events_of(uow.history(code), uow.process(proposal.process_sha256)))
            kinds |= {event.kind for event in events}
            assert [event.before for event in events[1:]] == [event.after for event in events[:-1]]
            assert (events[-1].after, events[-1].milestone) == (proposal.state, proposal.milestone)
    home.store.close()
    assert {"created", "edited", "opened", "step", "corrected", "extended"} <= kinds


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "pdf"), "pdf"),
        (("--code", "LC-1999-0001"), "LC-1999-0001"),
        (("--programme", "mien-man"), "mien-man"),
        (("--from", "hôm qua"), "hôm qua"),
    ],
)
def test_what_cannot_be_exported_is_said(lived: Shell, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence, no file, and not exit status 0."""
    answer = lived("audit", "export", str(tmp_path / "out"), *words, *AUDITOR, *AT)

    assert answer.status in (1, 2)
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []


def test_only_an_auditor_takes_history_as_a_whole(lived: Shell, tmp_path: Path) -> None:
    """Nobody else, and nobody without an account."""
    for who in (CENTRE, ("--as", "quan-tri.bct"), ()):
        answer = lived("audit", "export", str(tmp_path / "out"), *who, *AT)
        assert answer.status == 1
    assert list(tmp_path.iterdir()) == []
