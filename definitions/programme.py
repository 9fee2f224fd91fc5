"""A programme: the multi-year plan of a province or the nation, with its money, targets and activities."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, StrictBool, StrictInt, StringConstraints, model_validator

from definitions.model import Basis, Definition, Dong, Key, Text

Source = Literal["local", "national", "own", "other"]
#: How a published figure is to be read: ``about`` (khoảng), ``at_least`` (ít nhất), ``over`` (hơn).
Qualifier = Literal["exact", "about", "at_least", "over"]


class Figure(Definition):
    """An amount as the programme's text gives it; a plan ("dự kiến"), never a ceiling."""

    amount: Dong
    qualifier: Qualifier = "exact"
    basis: Basis


class SourceFigure(Figure):
    """The amount planned from one source of money."""

    source: Source


class ReportedFigure(Definition):
    """A figure that sources report beside the plan (a result, a yearly plan): told to people, never an envelope."""

    label: Text
    amount: Dong | None = None
    number: StrictInt | None = None
    #: What ``number`` counts.
    unit: str = ""
    qualifier: Qualifier = "exact"
    year: StrictInt | None = None
    basis: Basis

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.amount is None and self.number is None:
            raise ValueError("a reported figure has an amount or a number")
        if (self.number is None) != (not self.unit):
            raise ValueError("number and unit come together")
        return self


class YearFigure(Figure):
    """The amount planned for one year, from all sources unless one is named."""

    year: Annotated[StrictInt, Field(ge=2000, le=2100)]
    source: Source | None = None


class Target(Definition):
    """What the programme means to reach: a number, a range, or words where its text gives no number."""

    key: Key
    label: Text
    unit: Text
    min: StrictInt | None = None
    max: StrictInt | None = None
    qualifier: Qualifier = "exact"
    #: Counted per something (``huyện``); empty: for the whole programme.
    per: str = ""
    #: The text's own words where it gives no number, or what the number includes.
    text: str = ""
    #: Counted until this day, because what it is counted per ended then (districts: 30/06/2025).
    until: date | None = None
    basis: Basis

    @model_validator(mode="after")
    def _number_or_words(self) -> Self:
        if self.min is None and self.max is None and not self.text:
            raise ValueError("a target has a number (min, max) or the words of its text (text)")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is greater than max")
        return self


class Activity(Definition):
    """Something the programme supports; ``targets`` are the target rows that a finished proposal counts to."""

    key: Key
    label: Text
    unit: Text
    #: The activity group of the decree (Nghị định 45/2012/NĐ-CP, Điều 4).
    group: Annotated[StrictInt, Field(ge=1, le=9)]
    targets: tuple[Key, ...] = ()
    #: A task without a beneficiary (fair, training, media, award) may carry it.
    is_task: StrictBool = False
    #: Let by tender before the contract (Thông tư 36/2013/TT-BCT, Điều 3).
    by_tender: StrictBool = False
    #: First payment before acceptance, in basis points of the contract; 0: nothing before acceptance.
    first_payment_bp: Annotated[StrictInt, Field(ge=0, le=10_000)] = 7000
    #: Progress confirmed before the first payment must be strictly above this; 0: none asked.
    progress_over_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 0
    #: Papers asked for before the first payment, beside the contract.
    advance_papers: tuple[Text, ...] = ()
    #: Papers asked for at acceptance.
    evidence: tuple[Text, ...] = ()
    basis: Basis


class Track(Definition):
    """A process that proposals of this programme may follow, whose money it spends, and which ceilings bind it."""

    process: Annotated[str, StringConstraints(pattern=r"^[a-z]+@\d{4}\.\d+$")]
    source: Literal["local", "national"]
    #: Key of the ceiling register that applies.
    ceilings: Key
    #: What first payments and evidence rest on in this track, where it is not the activity's own basis.
    payment_basis: Basis | None = None


class Programme(Definition):
    """The whole definition of a programme."""

    key: Key
    label: Text
    #: Changes when a decision amends the programme.
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+$")]
    #: How codes of its proposals begin: ``LC`` gives LC-2026-0001.
    code_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,3}$")]
    first_year: Annotated[StrictInt, Field(ge=2000, le=2100)]
    last_year: Annotated[StrictInt, Field(ge=2000, le=2100)]
    #: The province it belongs to; None for a national programme.
    province: Key | None = None
    decision: str = ""
    decided_on: date | None = None
    basis: Basis
    total: Figure | None = None
    sources: tuple[SourceFigure, ...] = Field(default=(), alias="source")
    years: tuple[YearFigure, ...] = Field(default=(), alias="year")
    targets: tuple[Target, ...] = Field(default=(), alias="target")
    reported: tuple[ReportedFigure, ...] = Field(default=(), alias="reported")
    tracks: tuple[Track, ...] = Field(alias="track", min_length=1)
    activities: tuple[Activity, ...] = Field(alias="activity", min_length=1)
    #: What the sources do not say, so that nobody takes silence for zero.
    unknown: tuple[Text, ...] = ()
    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """Hash of the published text; empty for a programme built in memory."""
        return self._sha256

    @model_validator(mode="after")
    def _years_hold(self) -> Self:
        if self.first_year > self.last_year:
            raise ValueError("first_year is after last_year")
        for row in self.years:
            if not self.first_year <= row.year <= self.last_year:
                raise ValueError(f"year {row.year} is not in {self.first_year}-{self.last_year}")
        return self

    @model_validator(mode="after")
    def _sums_hold(self) -> Self:
        if self.total is None:
            return self
        if self.sources:
            _compare("sources", self.sources, self.total)
        whole = tuple(row for row in self.years if row.source is None)
        if whole:
            _compare("years", whole, self.total)
        return self

    @model_validator(mode="after")
    def _rows_are_named_once(self) -> Self:
        _once("source", [row.source for row in self.sources])
        _once("year", [f"{row.year} {row.source or ''}".strip() for row in self.years])
        _once("target", [row.key for row in self.targets])
        _once("activity", [row.key for row in self.activities])
        _once("track", [row.process for row in self.tracks])
        return self

    @model_validator(mode="after")
    def _activities_count_to_known_targets(self) -> Self:
        known = {row.key for row in self.targets}
        for activity in self.activities:
            for key in activity.targets:
                if key not in known:
                    raise ValueError(f"activity {activity.key!r} counts to target {key!r}, which the programme has not")
        return self

    def activity(self, key: str) -> Activity | None:
        """The activity of that key, or None."""
        return next((row for row in self.activities if row.key == key), None)

    def track(self, process_key: str) -> Track | None:
        """The track that follows the process of that key, or None."""
        return next((row for row in self.tracks if row.process.partition("@")[0] == process_key), None)


def _compare(what: str, rows: tuple[Figure, ...], total: Figure) -> None:
    """Refuses a sum that the qualifiers of its parts and of the total cannot explain."""
    added = sum(row.amount for row in rows)
    words = {row.qualifier for row in rows}
    too_much = added > total.amount and "about" not in words and total.qualifier == "exact"
    too_little = added < total.amount and words == {"exact"} and total.qualifier != "about"
    if too_much or too_little:
        raise ValueError(f"{what} add up to {added} đồng, the total says {total.amount} đồng")


def _once(what: str, keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{what} {key!r} stands twice")
