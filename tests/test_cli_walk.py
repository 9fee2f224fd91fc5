"""A proposal goes from draft to evaluation by what ``proposal actions`` says and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shell import DRAFT, Shell

#: An instant at which each main action is taken; before 19/05 of the year before the plan year, and so on.
WHEN = {
    "submit": "2021-03-10T09:00",
    "forward": "2021-03-15T09:00",
    "appraise": "2021-03-20T09:00",
    "approve": "2021-11-20T09:00",
    "allocate": "2022-01-10T09:00",
    "fund": "2022-01-20T09:00",
    "complete": "2022-08-20T09:00",
    "inspect": "2022-08-21T09:00",
    "monitor": "2022-09-01T09:00",
    "pay_rest": "2022-09-05T09:00",
    "file_settlement": "2022-09-10T09:00",
    "settle": "2022-10-01T09:00",
    "evaluate": "2023-02-01T09:00",
}


def seated(users: list[dict[str, Any]], owner: dict[str, Any]) -> Iterator[str]:
    """Who sits where an action's owner sits."""
    for user in users:
        if any((seat["role"], seat["agency"]) == (owner["role"], owner["agency"]) for seat in user["seats"]):
            yield user["username"]


def words_for(action: dict[str, Any], paper: Path) -> list[str]:
    """The words of ``proposal act`` that give every required field its example and attach every paper."""
    words: list[str] = []
    for field in action["fields"]:
        if field["type"] == "document":
            words += ["--attach", f"{field['key']}={paper}"]
        elif field["required"]:
            value = str(field["example"]).lower() if isinstance(field["example"], bool) else field["example"]
            words += ["--fact", f"{field['key']}={value}"]
    return words


def take(shell: Shell, code: str, action: str, paper: Path) -> dict[str, Any]:
    """Takes one action as the first person who may, with examples for values."""
    users, at = shell.json("user", "list")["users"], WHEN[action]
    owner = next(
        one["owner"]
        for one in shell.json("proposal", "actions", code, "--as", "thanh-tra", "--at", at)["actions"]
        if one["action"] == action
    )
    reasons: list[str] = []
    for username in seated(users, owner):
        offered = shell.json("proposal", "actions", code, "--as", username, "--at", at)
        view = next(one for one in offered["actions"] if one["action"] == action)
        if view["allowed"]:
            revision = str(offered["revision"])
            words = (*words_for(view, paper), "--as", username, "--at", at, "--revision", revision)
            done: dict[str, Any] = shell.json("proposal", "act", code, action, *words)
            assert done["target"] == view["consequence"]["target"]
            return done
        reasons += [reason["sentence"] for reason in view["reasons"]]
    raise AssertionError(f"nobody may {action}: {reasons}")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A paper to attach."""
    file = tmp_path / "van-ban.txt"
    file.write_text("một văn bản", encoding="utf-8")
    return file


def test_examples_carry_a_proposal_from_draft_to_evaluated(office: Shell, paper: Path) -> None:
    """What a field offers is what the engine accepts, through all thirteen steps of the local process."""
    made = office.json(
        *("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp"),
        *("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00", *DRAFT),
    )

    done = [take(office, made["code"], action, paper) for action in WHEN]

    shown = office.json("proposal", "show", made["code"])
    history = office.json("proposal", "history", made["code"])
    assert (shown["state"], shown["milestone"]) == ("evaluated", "evaluated")
    assert [step["action"] for step in history["steps"]] == list(WHEN)
    assert [step["hash"] for step in history["steps"]] == [one["hash"] for one in done]
    assert [link["previous_hash"] for link in history["entries"][1:]] == [
        link["hash"] for link in history["entries"][:-1]
    ]
    decided = {one["key"]: one["action"] for one in shown["decisions"]}
    assert decided["approved_amount"] == "approve"
    assert decided["contract_value"] == decided["contract_end"] == "fund"
    assert not decided.keys() & {"name", "requested_amount"}
    assert office.verified()["ok"]
    assert office("reminder", "coverage").status == 0
