"""Use cases of the registers: definitions published, agencies appointed, guidance given. Each is an entry."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict

from definitions.bundle import Bundle, assemble, identity
from definitions.calendar import CalendarYear
from definitions.errors import Fault, FaultyDefinitions
from definitions.loading import DefinitionText, read
from definitions.registers import Appointment
from workflow.administration import is_operator
from workflow.authority import Guidance, seat_of, successor
from workflow.changing import changed
from workflow.errors import NOBODY, Refused, Unmet
from workflow.house import House
from workflow.proposal import Actor, Seat, legal_day
from workflow.rerouting import body_of
from workflow.service.chaining import REGISTERS, signed_entry
from workflow.service.people import administration_of
from workflow.service.refusals import recording_refusals
from workflow.storage import Recount, Store, UnitOfWork
from workflow.values import read_text


class Plan(Struct, frozen=True, kw_only=True):
    """What a publication changes, each text with its kind, key and version, and the law that then holds."""

    changed: tuple[tuple[str, str, str, DefinitionText], ...]
    law: Bundle


def publish(
    store: Store, house: House, texts: tuple[DefinitionText, ...], *, by: Actor, at: datetime
) -> tuple[tuple[str, str], ...]:
    """Publishes the definition texts that differ from those in force, all or none, and returns their (kind, key).

    The texts together with those already in force must assemble; raises FaultyDefinitions with every fault otherwise.
    Running proposals keep the texts they started with; registers (agencies, ceilings, calendars) hold from their dates.
    Other days in a calendar year need a higher version of it; running deadlines are then counted anew, batch by batch
    (``service.recounting``), not here.
    """
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        seat = _publisher(uow, house, by, at)
        changed = looked_over(uow, texts).changed
        for kind, key, version, text in changed:
            content = {"kind_of_text": kind, "key": key, "version": version, "sha256": text.sha256}
            entry = signed_entry(uow, house, "published", content, by=by, at=at, seat=seat)
            uow.publish(kind, key, version, text.text, entry)
        if any(kind == "agencies" for kind, _, _, _ in changed):
            _mend(uow, by=by, at=at)
        if any(kind == "calendar" for kind, _, _, _ in changed) and uow.any_running():
            uow.add_recount(Recount(cause="calendar", created_at=at))
        return tuple((kind, key) for kind, key, _, _ in changed)


def looked_over(uow: UnitOfWork, texts: tuple[DefinitionText, ...]) -> Plan:
    """What publishing these texts would change, and the law that would then hold. Raises FaultyDefinitions."""
    fresh = [(*identity(read(text)), text) for text in texts]
    in_force = uow.published()
    changed = tuple(
        row for row in fresh if (row[0], row[1]) not in in_force or in_force[row[0], row[1]].text != row[3].text
    )
    together = {**in_force, **{(kind, key): text for kind, key, _, text in changed}}
    law = assemble(text for (kind, _), text in sorted(together.items()) if kind != "templates")
    if faults := [fault for row in changed if (fault := _unversioned(row[3], in_force.get((row[0], row[1]))))]:
        raise FaultyDefinitions(faults)
    return Plan(changed=changed, law=law)


def _mend(uow: UnitOfWork, *, by: Actor, at: datetime) -> None:
    """Ends the marks on mailboxes that agencies no longer have; the publication itself tells of it."""
    law, on = uow.law(), legal_day(at)
    for bad in uow.bad_addresses():
        agency = law.agencies.get(successor(law, body_of(bad.seat), on))
        if bad.person is None and agency is not None and agency.mailbox.lower() != bad.address:
            uow.clear_address(bad.address, at=at, by=by.person, entry=None)


def _unversioned(text: DefinitionText, before: DefinitionText | None) -> Fault | None:
    """A calendar year that says something else under a version that is in force already, or an older one."""
    now, then = read(text), read(before) if before is not None and text.kind == "calendar" else None
    if not isinstance(now, CalendarYear) or not isinstance(then, CalendarYear) or now.version > then.version:
        return None
    if now == then:
        return None
    message = f"version {then.version} of {then.year} is in force: other days need version {then.version + 1}"
    return Fault(file=text.name, place="version", message=message, example=str(now.version))


def publish_templates(store: Store, house: House, text: str, *, sha256: str, by: Actor, at: datetime) -> bool:
    """Publishes a set of notice templates if it differs from the one in force; says whether it did."""
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        known = uow.published().get(("templates", "notices"))
        if known is not None and known.text == text:
            return False
        content = {"kind_of_text": "templates", "key": "notices", "version": "", "sha256": sha256}
        entry = signed_entry(uow, house, "published", content, by=by, at=at, seat=_publisher(uow, house, by, at))
        uow.publish("templates", "notices", "", text, entry)
        return True


def _publisher(uow: UnitOfWork, house: House, by: Actor, at: datetime) -> Seat | None:
    """The seat by which somebody publishes; None for the operator, who does it when an installation is prepared.

    Raises Refused for everybody but an administrator of the installation's own agency.
    """
    if is_operator(by):
        return None
    office = administration_of(uow, house, at)
    if unmet := office.unmet_home(by):
        raise Refused("publish", unmet)
    return office.seat_at_home(by)


def appoint(store: Store, house: House, *, appointment: Appointment, by: Actor, at: datetime) -> None:
    """Records that an agency wears a role from a day on. Raises Refused, UnknownDefinition, BadValue."""
    text = read_text("basis", appointment.basis.text)
    basis = appointment.basis.model_copy(update={"text": text})
    appointment = appointment.model_copy(update={"basis": basis})
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        _check_agencies(uow, [appointment.agency], action="appointment add")
        if appointment.programme is not None:
            uow.law().programme(appointment.programme)
        office = administration_of(uow, house, at)
        if unmet := office.unmet_home(by):
            raise Refused("appointment add", unmet)
        content = appointment.model_dump(mode="json")
        seat = office.seat_at_home(by)
        entry = signed_entry(uow, house, "agency-appointed", content, by=by, at=at, seat=seat)
        uow.add_appointment(appointment, entry)


def guide(store: Store, house: House, *, guidance: Guidance, by: Actor, at: datetime) -> None:
    """Records an agency's letter that sets another last day for a fixed deadline of a plan year. Raises Refused.

    The letter that holds already is not recorded twice. Deadlines that run are counted anew by it, batch by batch.

    Only a person who sits today in the role whose guidance the rule names may record it, for their own agency
    (Thông tư 36/2013/TT-BCT, Điều 10: "trường hợp khác theo hướng dẫn"). Raises BadValue for a paper that is no text.
    """
    guidance = changed(guidance, paper=read_text("paper", guidance.paper))
    with recording_refusals(store, house, REGISTERS, by=by, at=at), store.write() as uow:
        _check_agencies(uow, [guidance.agency], action="guide")
        programme = uow.law().programme(guidance.programme)
        processes = [uow.law().process(track.process) for track in programme.tracks]
        roles = {rule.guided_by for process in processes for rule in process.deadlines if rule.key == guidance.rule}
        guiding = sorted(role for role in roles if role)
        held = [seat for role in guiding if (seat := by.seat(role, guidance.agency, legal_day(at)))]
        if not held:
            seats = tuple(seat_of(role, guidance.agency) for role in guiding)
            raise Refused("guide", [Unmet("unmet.not_guiding", {"rule": guidance.rule}, seats or (NOBODY,))])
        before = [one for one in uow.guidance(guidance.programme) if _place(one) == _place(guidance)]
        if before[-1:] == [guidance]:
            return  # It was recorded already, whatever became of what follows from it.
        content = {**asdict(guidance), "last_day": guidance.last_day.isoformat()}
        entry = signed_entry(uow, house, "guidance-given", content, by=by, at=at, seat=held[0])
        uow.add_guidance(guidance, entry)
        if uow.any_running():
            uow.add_recount(Recount(cause="guidance", programme=guidance.programme, rule=guidance.rule, created_at=at))


def _place(letter: Guidance) -> tuple[str, int, str]:
    return letter.rule, letter.plan_year, letter.agency


def _check_agencies(uow: UnitOfWork, agencies: list[str], *, action: str) -> None:
    known = uow.law().agencies
    unmet = [Unmet("unmet.unknown_agency", {"agency": agency}) for agency in agencies if agency not in known]
    if unmet:
        raise Refused(action, unmet)
