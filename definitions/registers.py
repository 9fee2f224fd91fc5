"""Dated registers: what changes beside the processes (agencies, appointments, ceilings, places), each change an entry.

Nothing here is pinned by a proposal; a question about a register always names a day. A merger, a renaming or a new
ceiling is a new row with its first day, never an edit of the old one.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import Field, StrictBool, StrictInt, model_validator

from definitions.model import Basis, BasisPoints, Confidence, Definition, Dong, Key, Mailbox, Text


class _Dated(Protocol):
    @property
    def since(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...


D = TypeVar("D", bound=_Dated)


def in_force(rows: Iterable[D], on: date) -> tuple[D, ...]:
    """The rows whose period holds ``on``; both ends belong to it, an absent end is open."""
    return tuple(row for row in rows if (row.since or date.min) <= on <= (row.until or date.max))


def overlap(rows: Iterable[D]) -> D | None:
    """A row that begins before another of them has ended, or None where no day has two rows."""
    ordered = sorted(rows, key=lambda row: row.since or date.min)
    return next(
        (later for row, later in pairwise(ordered) if (later.since or date.min) <= (row.until or date.max)), None
    )


class Period(Definition):
    """The days on which a row holds, both included."""

    since: date | None = None
    until: date | None = None
    #: How sure these days are, where that differs from the confidence of the row's basis.
    days_confidence: Confidence | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}")
        return self


class AgencyName(Period):
    """What an agency is called in a period."""

    #: The full name as letters print it: "Sở Công Thương tỉnh Lai Châu".
    name: Text
    #: The name as lists and subjects print it: "Sở Công Thương Lai Châu".
    short: Text
    basis: Basis


class Agency(Definition):
    """A body that acts in processes: its dated names, whom it answers to, who came after it."""

    key: Key
    names: tuple[AgencyName, ...] = Field(alias="name", min_length=1)
    superior: Key | None = None
    #: The province whose affairs it runs; None for a national body.
    province: Key | None = None
    #: The agency that took over its open work, from that day on.
    successor: Key | None = None
    succeeded_on: date | None = None
    #: It serves several provinces, so its proposals go straight to the Cục (Thông tư 36/2013/TT-BCT, Điều 8 khoản 1b).
    files_directly: StrictBool = False
    #: The official mailbox, used where no person holds the seat a notice is for.
    mailbox: Mailbox = ""

    @model_validator(mode="after")
    def _successor_has_a_day(self) -> Self:
        if bool(self.successor) != bool(self.succeeded_on):
            raise ValueError("successor and succeeded_on come together")
        if double := overlap(self.names):
            raise ValueError(f"{double.name!r} begins before the name before it ends")
        return self

    def named(self, on: date) -> AgencyName:
        """Its name on that day; outside every period, the nearest earlier name, else the first."""
        if len(self.names) == 1:
            return self.names[0]
        found = in_force(self.names, on)
        if found:
            return found[-1]
        earlier = [row for row in self.names if row.until and row.until < on]
        return earlier[-1] if earlier else self.names[0]


class Agencies(Definition):
    """A file of agencies."""

    kind: Literal["agencies"]
    key: Key
    agencies: tuple[Agency, ...] = Field(alias="agency", min_length=1)


class Appointment(Period):
    """An agency wears a role: in a programme and process (or all), for a province (or all)."""

    agency: Key
    role: Key
    programme: Key | None = None
    process: Key | None = None
    #: Only for proposals of this province ("sct" of a national programme is the Sở of the proposal's province).
    province: Key | None = None
    basis: Basis


class Appointments(Definition):
    """A file of appointments."""

    kind: Literal["appointments"]
    key: Key
    appointments: tuple[Appointment, ...] = Field(alias="appointment", min_length=1)


class Ceiling(Period):
    """The most that may be given for an activity: a rate of the eligible cost and a cap per unit, both holding.

    Neither a rate nor a cap: the activity goes by other norms (``text``), and no cap is on record.
    """

    activity: Key
    unit: Text
    rate_bp: BasisPoints | None = None
    cap: Dong | None = None
    #: The cap is multiplied by this for a production line (15000 is 1,5 times).
    line_multiplier_bp: BasisPoints | None = None
    #: The cap is multiplied by this in priority areas and trades.
    priority_multiplier_bp: BasisPoints | None = None
    text: str = ""
    basis: Basis


class Ceilings(Definition):
    """A file of ceilings of one fund: the nation's or a province's."""

    kind: Literal["ceilings"]
    key: Key
    label: Text
    ceilings: tuple[Ceiling, ...] = Field(default=(), alias="ceiling")
    #: What is not on record, so that nobody takes silence for permission.
    unknown: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_ceiling_a_day(self) -> Self:
        _refuse_overlaps("ceiling", {row.activity for row in self.ceilings}, self.ceilings, "activity")
        return self

    def find(self, activity: str, on: date) -> Ceiling | None:
        """The ceiling of an activity in force on that day, or None where none is on record."""
        found = in_force((row for row in self.ceilings if row.activity == activity), on)
        return found[-1] if found else None


#: xã, phường, đặc khu; thị trấn until 30/06/2025.
CommuneKind = Literal["commune", "ward", "special_zone", "town"]
ProvinceKind = Literal["province", "city"]


class Province(Period):
    """A province or a centrally-run city in a period."""

    key: Key
    label: Text
    kind: ProvinceKind
    successor: Key | None = None
    #: How many communal units it has, where published.
    communes: StrictInt | None = None
    basis: Basis


class Commune(Period):
    """A communal unit in a period: xã, phường or đặc khu, and until 30/06/2025 thị trấn."""

    key: Key
    label: Text
    kind: CommuneKind
    province: Key
    #: Recognised craft villages there make its establishments eligible whatever the kind of unit.
    craft_village: StrictBool = False
    #: The units it was formed from, in the words of their time.
    formerly: str = ""
    #: The district it lay in, while there were districts (until 30/06/2025).
    district: str = ""
    #: The communal unit that holds its territory after it.
    successor: Key | None = None
    basis: Basis


class PlaceRule(Period):
    """Where an establishment counts as rural industry, by the decree in force."""

    #: Kinds of communal unit that are eligible inside a province, and inside a centrally-run city.
    in_province: tuple[CommuneKind, ...]
    in_city: tuple[CommuneKind, ...]
    craft_village: StrictBool
    #: Where the old text asks for facts the register does not hold, the appraiser states them (``place_basis``).
    ask_when_outside: StrictBool = False
    basis: Basis


class Trade(Period):
    """A trade that may be supported."""

    key: Key
    label: Text
    basis: Basis


class Places(Definition):
    """A file of provinces, communes and the rules of eligibility by place and trade."""

    kind: Literal["places"]
    key: Key
    provinces: tuple[Province, ...] = Field(default=(), alias="province")
    communes: tuple[Commune, ...] = Field(default=(), alias="commune")
    place_rules: tuple[PlaceRule, ...] = Field(default=(), alias="place_rule")
    trades: tuple[Trade, ...] = Field(default=(), alias="trade")
    unknown: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_row_a_day(self) -> Self:
        _refuse_overlaps("province", {row.key for row in self.provinces}, self.provinces)
        _refuse_overlaps("commune", {row.key for row in self.communes}, self.communes)
        _refuse_overlaps("trade", {row.key for row in self.trades}, self.trades)
        if double := overlap(self.place_rules):
            raise ValueError(f"the place rule of {double.since} begins before the rule before it ends")
        return self


def _refuse_overlaps(what: str, keys: set[str], rows: tuple[Period, ...], by: str = "key") -> None:
    for key in sorted(keys):
        if double := overlap(row for row in rows if getattr(row, by) == key):
            raise ValueError(f"{what} {key!r} of {double.since} begins before the row before it ends")


class SourceText(Definition):
    """A text that was read, by the number that bases cite."""

    number: Annotated[StrictInt, Field(ge=1)]
    text: Text
    read_on: date | None = None


class Sources(Definition):
    """The register of texts that were read."""

    kind: Literal["sources"]
    key: Key
    sources: tuple[SourceText, ...] = Field(alias="source", min_length=1)

    @model_validator(mode="after")
    def _numbers_are_given_once(self) -> Self:
        numbers = [row.number for row in self.sources]
        for number in numbers:
            if numbers.count(number) > 1:
                raise ValueError(f"source {number} stands twice")
        return self
