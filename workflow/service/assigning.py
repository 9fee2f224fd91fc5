"""Putting a person in charge of a proposal at the agency that holds it (người xử lý), or another one in their place."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from workflow.attempt import Attempt
from workflow.changing import changed
from workflow.daytelling import daily_notices
from workflow.daywork import after_daily, daily_entry
from workflow.effects import People
from workflow.errors import NotOwner, Refused, Unmet
from workflow.guards.people import LEADING
from workflow.house import House
from workflow.ownership import holder_seat
from workflow.proposal import Actor, Proposal, Seat
from workflow.service.refusals import recording_refusals
from workflow.service.situations import at_work, context_of, people_of, recorded_after, situation_of
from workflow.storage import Effects, Move, Recipient, Store
from workflow.telling import recipients
from workflow.values import read_text


class Assignment(Struct, frozen=True, kw_only=True):
    """Who is to be in charge, by the name of an account, and why."""

    to: str
    reason: str


def assign(store: Store, house: House, wanted: Assignment, *, code: str, by: Actor, at: datetime) -> Proposal:
    """Puts a person of the holding seat in charge; notices of that seat then go to them first.

    Open to who leads the agency and to the present officer. It ends when another seat holds the proposal. Raises
    Refused, NotOwner; then nothing has changed.
    """
    wanted = changed(wanted, reason=read_text("reason", wanted.reason, lines=True))
    with recording_refusals(store, house, code, by=by, at=at), store.write() as uow:
        before = uow.proposal(code)
        situation, instant = situation_of(uow, before), recorded_after(before, at)
        context = context_of(situation, before, by=by, at=instant, deadlines=uow.deadlines(code))
        place, seat = at_work(context, action="assign"), _leading(context)
        officer = uow.actor(wanted.to, channel=by.channel)
        unmet = tuple(_unmet(wanted, officer, place, context))
        if officer is None or unmet:
            raise Refused("assign", unmet)
        content = {"officer": officer.person, "before": before.officer or None, "place": place}
        private = {"reason": wanted.reason, "officer_name": officer.name}
        entry = daily_entry("assigned", before, content, by=by, seat=seat, at=instant, salt=house.salt, private=private)
        after = after_daily(before, entry)
        told = _told(context, place, officer, people_of(uow, context.today))
        notices = daily_notices(
            "assigned",
            entry,
            changed(context, proposal=after),
            told,
            seat=seat,
            told=house.told,
            templates=uow.templates_sha256(),
            extras={"ly_do": wanted.reason},
        )
        uow.record(Move(before=before, after=after, entry=entry, effects=Effects(notices=notices), holder=place))
        return after


def _leading(context: Attempt) -> Seat:
    """The seat by which the actor may say who is in charge. Raises NotOwner."""
    place, on = holder_seat(context), context.today
    role, _, agency = place.partition("@")
    here = [seat for seat in context.actor.seats if seat.agency == agency and seat.holds(on)]
    own = context.actor.person == context.proposal.officer
    fit = [seat for seat in here if seat.capacity in LEADING or (own and seat.role == role)]
    if not fit:
        params = {"agency": context.situation.agency_name(agency, on)}
        raise NotOwner("assign", [Unmet("unmet.not_leading", params, (f"head@{agency}",))])
    return max(fit, key=lambda seat: seat.role == role)


def _unmet(wanted: Assignment, officer: Actor | None, place: str, context: Attempt) -> Iterator[Unmet]:
    role, _, agency = place.partition("@")
    if not wanted.reason.strip():
        yield Unmet("unmet.no_reason", {})
    if officer is None:
        yield Unmet("unmet.unknown_officer", {"user": wanted.to})
    elif officer.seat(role, agency, context.today) is None:
        params = {"user": wanted.to, "role": context.process.role_label(role)}
        params |= {"agency": context.situation.agency_name(agency, context.today)}
        yield Unmet("unmet.not_in_seat", params)
    elif officer.person == context.proposal.officer:
        yield Unmet("unmet.already_officer", {"user": wanted.to})


def _told(context: Attempt, place: str, officer: Actor, people: People) -> tuple[Recipient, ...]:
    """The new officer, unless they took the work themselves."""
    if officer.person == context.actor.person:
        return ()
    return tuple(to for to in recipients(place, context, people) if to.person == officer.person)
