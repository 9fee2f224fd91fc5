"""``proposal edit`` as a person types it."""

from tests.shell import DRAFT, Shell

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)


def test_an_edit_that_changes_nothing_writes_nothing_and_says_so(office: Shell) -> None:
    """The same value once more leaves revision and history as they are."""
    code = office.json(*NEW, *WHO)["code"]
    words = ("proposal", "edit", code, "--fact", "total_cost=700 triệu", *WHO)
    first = office("--lang", "en", *words)
    before = office.json("proposal", "show", code)["revision"], office.json("proposal", "history", code)

    again = office("--lang", "en", *words)

    assert (first.status, again.status) == (0, 0)
    assert "Changed proposal" in first.out
    assert "nothing was changed" in again.out
    assert (office.json("proposal", "show", code)["revision"], office.json("proposal", "history", code)) == before
