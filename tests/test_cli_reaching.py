"""The commands of reaching people: bounces, addresses, wishes, webhooks, what the scheduler counts of itself."""

from datetime import timedelta

from khuyencong.identity_key import make_key
from notifications.scheduler import Job, Scheduler
from store.database import open_database
from store.heartbeats import SqlHeartbeats
from tests.hooks import listening
from tests.offices import morning_of
from tests.reports import report
from tests.shell import DRAFT, Shell

WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
NEW = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT)
TICK = ("scheduler", "tick", "--at", "2021-05-14T09:00")
AT = ("--at", "2021-05-14T10:00")
OF_AGENCY = ("--as", "quan-tri.ubnd-lai-chau", *AT)


def test_a_bounce_is_taken_in_listed_and_cleared(office: Shell) -> None:
    """From the file that the mail server laid down to the address that works again."""
    office.json(*NEW, *WHO)
    office.json(*TICK)
    sent = next(
        one for one in office.json("notice", "list", "--state", "accepted")["notices"] if one["channel"] == "mail"
    )
    address = sent["to"]["address"]
    (office.folder / "bounce").write_bytes(report(sent["message_id"], address))

    first = office.json("notice", "bounced", str(office.folder / "bounce"), *AT)
    again = office.json("notice", "bounced", str(office.folder / "bounce"), *AT)
    listed = office.json("notice", "addresses")["addresses"]
    cleared = office.json("notice", "address-clear", address, *OF_AGENCY)

    assert (first["kind"], again["kind"]) == ("bounced", "unknown")
    assert [(one["address"], one["agency"]) for one in listed] == [(address, "ttkc-lai-chau")]
    assert cleared == {"address": address}
    assert office.json("notice", "addresses")["addresses"] == []
    assert office.json("scheduler", "status")["counters"]["notices_bounced"] == 1
    assert office("notice", "bounced", str(office.folder / "none")).status == 2


def test_a_wish_and_an_address_are_changed_by_their_person(office: Shell) -> None:
    """Exactly one wish at a time; a wrong address is refused with the reason."""
    me = ("can-bo.ttkc-lai-chau", "--as", "can-bo.ttkc-lai-chau")

    assert office.json("user", "notify", *me, "--mute")["mail"] == "mute"
    assert office("user", "notify", *me).status == 2
    assert office("user", "notify", *me, "--all", "--digest").status == 2
    assert office.json("user", "address", me[0], "moi@ttkc.example", *me[1:])["address"] == "moi@ttkc.example"
    assert office("user", "address", me[0], "không có", *me[1:]).status == 1


def test_a_webhook_hears_what_its_agency_is_told(office: Shell) -> None:
    """Added by the agency's administrator; its secret is shown once, and its list does not show it."""
    make_key(office.folder / "khuyencong.identity-key", needed=False)
    before = ("--as", "quan-tri.ubnd-lai-chau", *WHO[2:])
    with listening() as listener:
        made = office.json("webhook", "add", "ttkc-lai-chau", listener.url(), *before)
        office.json(*NEW, *WHO)
        done = office.json(*TICK)
        listed = office.json("webhook", "list", *OF_AGENCY)["webhooks"]
        office.json("webhook", "remove", made["webhook"], *OF_AGENCY)

    assert made["secret"].startswith("whs_")
    assert [sorted(one) for one in listed] == [["agency", "created_at", "url", "webhook"]]
    assert done["jobs"]["webhooks"]["accepted"] == len(listener.told) > 0
    assert office.json("webhook", "list", *OF_AGENCY)["webhooks"] == []


def test_every_nights_coverage_is_recorded(office: Shell) -> None:
    """What housekeeping found can be read afterwards, the newest night first."""
    office.json(*NEW, *WHO)
    office.json(*TICK)
    office.json("scheduler", "tick", "--at", "2021-05-17T09:00")

    nights = office.json("reminder", "coverage", "--recorded", "5")["nights"]

    assert [night["at"][:10] for night in nights] == ["2021-05-17", "2021-05-14"]
    assert {night["uncovered"] for night in nights} == {0}
    assert nights[0]["deadlines"] > 0


def test_late_ticks_and_claims_are_counted(office: Shell) -> None:
    """A tick of the loop long after the one before should have been followed is late; rows that were taken add up.

    A pass by hand is never late: nobody said when it would come.
    """
    store = open_database(f"sqlite:///{office.file}")
    moments = iter([morning_of(4, 10) + timedelta(seconds=after) for after in (0, 0, 30, 30, 300, 300, 9000, 9000)])
    jobs = [Job(name="outbox", run=lambda _: {"claimed": 2}, every=timedelta(seconds=30))]
    scheduler = Scheduler(jobs=jobs, heartbeats=SqlHeartbeats(store), process="here:1", clock=lambda: next(moments))

    for _ in range(3):
        scheduler.beat(jobs[0])
    scheduler.tick()

    with store.look() as queries:
        (beat,) = [one for one in queries.heartbeats() if one.process == "here:1"]
    store.close()
    assert (beat.ticks, beat.late_ticks, beat.claimed) == (4, 1, 8)
