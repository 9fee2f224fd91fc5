"""A process: who may move a proposal from which state to which, on what conditions, and what time runs meanwhile."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field as _Field
from pydantic import PrivateAttr, StrictBool, StrictInt, StringConstraints, model_validator

from definitions.model import Basis, Definition, Key, Text

Milestone = Literal["drafted", "appraised", "approved", "funded", "monitored", "evaluated"]
MILESTONES: tuple[Milestone, ...] = ("drafted", "appraised", "approved", "funded", "monitored", "evaluated")

FieldType = Literal["text", "money", "date", "number", "choice", "bool"]
#: ``name`` or ``name:argument``: a condition of the guard vocabulary, never an expression.
Condition = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(:[A-Za-z0-9_.,-]+)?$")]
#: A whole number, the key of another fact, or a name of the bounds vocabulary (``today``, ``allocated_total``).
Bound = StrictInt | Key


class Choice(Definition):
    """One value that a ``choice`` field accepts, with the words shown for it."""

    key: Key
    label: Text


class Field(Definition):
    """A typed value asked for with a step (a fact) or in the draft (the proposal's data)."""

    key: Key
    label: Text
    type: FieldType
    required: StrictBool = False
    #: Required only where this condition holds.
    required_when: Condition | None = None
    #: The one value accepted, for declarations that must be made ("cam kết ...").
    equals: StrictBool | None = None
    #: The largest lower and the smallest upper bound hold; each a number, another fact, or a named bound.
    min: tuple[Bound, ...] = ()
    max: tuple[Bound, ...] = ()
    choices: tuple[Choice, ...] = ()
    #: A regular expression that the whole text matches.
    pattern: str | None = None
    #: The key of the fact that is proposed as the value.
    default: Key | None = None
    example: str | None = None
    #: A value may be given once per proposal (the period of a monthly report).
    unique: StrictBool = False
    #: Text that may stand readable in the history for ever (numbers of papers, periods). Other text is a
    #: commitment whose opening can be erased.
    official: StrictBool = False
    basis: Basis | None = None

    @model_validator(mode="after")
    def _choices_belong_to_choice(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("a choice field names its choices, and only a choice field does")
        if self.official and self.type != "text":
            raise ValueError("only text can be marked official; other types always are")
        if self.equals is not None and self.type != "bool":
            raise ValueError("equals is for bool fields")
        return self

    @cached_property
    def labels(self) -> dict[str, str]:
        """The words of each choice by its key."""
        return {choice.key: choice.label for choice in self.choices}


def free_texts(fields: Iterable[Field]) -> frozenset[str]:
    """The keys of those fields that are free text: personal, and never readable in history."""
    return frozenset(field.key for field in fields if field.type == "text" and not field.official)


class DocumentField(Definition):
    """A paper attached to a step."""

    key: Key
    label: Text
    required: StrictBool = False
    required_when: Condition | None = None
    basis: Basis | None = None


class Held(Definition):
    """A role that holds or owns, if a condition is met; the first of a list that fits does."""

    role: Key
    when: Condition | None = None


Holders = tuple[Held, ...]


class State(Definition):
    """Where a proposal waits, who takes it out of there, and what happens if nobody does."""

    key: Key
    label: Text
    #: The last milestone reached here; ``inherit`` keeps the one reached before.
    milestone: Milestone | Literal["inherit"]
    #: Empty for an end.
    holder: Holders = ()
    end: StrictBool = False
    #: The implementer may still edit the proposal's data here.
    editable: StrictBool = False
    if_nobody_acts: str = ""
    #: Why no deadline need run here (all the time, or until some action): shown in the coverage report.
    without_deadline: str = ""

    @model_validator(mode="after")
    def _only_ends_have_no_holder(self) -> Self:
        if self.end and self.holder:
            raise ValueError("an end state has no holder: nobody takes a proposal out of it")
        if not self.end and not self.holder:
            raise ValueError("a state that is not an end says who takes the proposal out of it (holder)")
        if not self.end and not self.if_nobody_acts:
            raise ValueError("a state that is not an end says what happens if nobody acts (if_nobody_acts)")
        return self


class NoticeTo(Definition):
    """A notice and whom it tells: a role, or ``holder``, ``beneficiary``, ``past_holders``."""

    notice: Key
    to: tuple[Key, ...] = _Field(min_length=1)


class Transition(Definition):
    """Permission for a role to move a proposal from a state to another, or to record something in place."""

    #: The row of the process table that this entry writes down.
    row: Text
    action: Key
    label: Text
    source: tuple[Key, ...] = _Field(alias="from", min_length=1)
    #: Empty: a self-step, history without a change of state.
    target: Key | None = _Field(default=None, alias="to")
    owner: Holders = _Field(min_length=1)
    main: StrictBool = False
    #: The milestone stays the one reached before, although the state entered lies in a later one (a stop is no
    #: acceptance).
    keeps_milestone: StrictBool = False
    facts: tuple[Field, ...] = ()
    documents: tuple[DocumentField, ...] = ()
    guards: tuple[Condition, ...] = ()
    notices: tuple[NoticeTo, ...] = ()
    #: The date fact that is the step's ``effective_on``.
    effective: Key | None = None
    basis: Basis | None = None

    @property
    def is_self_step(self) -> bool:
        """True when the state stays as it is."""
        return self.target is None

    def fact(self, key: str) -> Field | None:
        """The fact of that key, or None."""
        return self._facts.get(key)

    @cached_property
    def _facts(self) -> dict[str, Field]:
        return {fact.key: fact for fact in self.facts}

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """The words of each choice among its facts, by fact and choice."""
        return {fact.key: fact.labels for fact in self.facts if fact.choices}

    @cached_property
    def free_texts(self) -> frozenset[str]:
        """The keys of its facts that are free text: personal, and never readable in history."""
        return free_texts(self.facts)


RungTo = Literal["holder", "holder_head", "superior", "implementer", "beneficiary"] | Key


class Rung(Definition):
    """One reminder of a ladder: when, to whom, with which notice, and what becomes of it when it was missed."""

    #: Days from the last day of the deadline; negative is before. None: when the deadline starts.
    offset: StrictInt | None = None
    unit: Literal["working", "calendar"] = "working"
    #: A fixed day of the year instead of an offset, as ``[month, day]``.
    day: tuple[StrictInt, StrictInt] | None = None
    to: tuple[RungTo, ...] = _Field(min_length=1)
    notice: Key
    channel: Literal["mail", "digest", "list", "app"] = "mail"
    #: Sent again after so many working days, for as long as the deadline runs; a ``list`` once a week, on its first
    #: working day.
    repeat_every: StrictInt | None = None
    #: Skipped when the allowance is shorter than this many days.
    allowance_at_least: StrictInt = 0
    #: Goes out on a day off too (only on the applicant's last day).
    on_day_off: StrictBool = False
    #: The rung is recorded in history as an escalation.
    escalation: StrictBool = False
    #: Reaches its readers whatever reminders they wish for; an escalation does so anyway.
    official: StrictBool = False
    #: After downtime: sent late and saying so, folded into the nearest later rung, or left out.
    missed: Literal["late", "collapse", "skip"]

    @cached_property
    def name(self) -> str:
        """``start``, ``-5wd``, ``+3wd``, ``-30cd``, ``day-10-01``: how a row says which rung it is."""
        if self.day is not None:
            return f"day-{self.day[0]:02d}-{self.day[1]:02d}"
        if self.offset is None:
            return "start"
        return f"{self.offset:+d}{'wd' if self.unit == 'working' else 'cd'}"


class Ladder(Definition):
    """The reminders of a kind of deadline."""

    key: Key
    label: Text
    rungs: tuple[Rung, ...] = _Field(alias="rung", min_length=1)


class YearDay(Definition):
    """A fixed day, told by the plan year of the proposal: ``year_offset`` -1 is the year before it."""

    month: Annotated[StrictInt, _Field(ge=1, le=12)]
    day: Annotated[StrictInt, _Field(ge=1, le=31)]
    year_offset: Annotated[StrictInt, _Field(ge=-2, le=2)] = 0
    #: So many working days before that day (papers for Kho bạc).
    working_days_before: Annotated[StrictInt, _Field(ge=0, le=30)] = 0


class Extension(Definition):
    """Who may give a running duration more days (gia hạn), how many, how often; by a numbered decision, in time."""

    #: The roles whose agencies decide, by the first that fits; only a seat that signs for its agency does it.
    by: Holders = _Field(min_length=1)
    #: The most days that one decision adds, in the unit of the rule.
    most: Annotated[StrictInt, _Field(ge=1, le=60)]
    #: How often, from one start of the deadline to the next.
    times: Annotated[StrictInt, _Field(ge=1, le=5)] = 1
    basis: Basis


class DeadlineRule(Definition):
    """How long something may take. A deadline belongs to (proposal, rule, period), so a state may have none or several.

    Kinds, by the key that gives the last day: ``days`` (a duration, counted from the day after it starts; it alone can
    pause, and rolls to the next working day), ``fixed`` (a day of the year), ``monthly`` (that day of every month,
    one deadline a period), ``fact`` (the day a date fact names). Days other than durations never pause and never roll.
    """

    key: Key
    label: Text
    runs_in: tuple[Key, ...] = _Field(min_length=1)
    #: States in which a duration stands still and keeps its remainder.
    pauses_in: tuple[Key, ...] = ()
    days: Annotated[StrictInt, _Field(ge=1, le=400)] | None = None
    unit: Literal["working", "calendar"] = "working"
    fixed: YearDay | None = None
    monthly: Annotated[StrictInt, _Field(ge=1, le=28)] | None = None
    fact: Key | None = None
    #: A duration never ends after this day (the earlier of the two holds).
    not_after: YearDay | None = None
    #: The date fact whose day starts the duration; else the day on which the starting step was recorded.
    counts_from: Key | None = None
    #: Only these actions start it; empty: any step that enters ``runs_in``.
    started_by: tuple[Key, ...] = ()
    #: Actions that end it although the proposal stays in ``runs_in``.
    ended_by: tuple[Key, ...] = ()
    #: Who must act: a role, or None for the holder of the state.
    duty: Key | None = None
    #: A dated guidance entry of this role's agency may set another last day.
    guided_by: Key | None = None
    #: None: nobody can give more days.
    extension: Extension | None = None
    #: It stands still until no other proposal of the same contract is still to be accepted, and counts from then.
    per_contract: StrictBool = False
    ladder: Key
    if_missed: str = ""
    basis: Basis

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [name for name in ("days", "fixed", "monthly", "fact") if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a deadline has exactly one of days, fixed, monthly, fact; found {kinds or 'none'}")
        if self.days is None and (self.pauses_in or self.not_after or self.counts_from):
            raise ValueError("only a duration (days) can pause, be capped or count from a fact")
        if self.days is None and (self.extension or self.per_contract):
            raise ValueError("only a duration (days) can be extended or wait for a contract")
        return self

    @property
    def kind(self) -> Literal["days", "fixed", "monthly", "fact"]:
        """Which of the four ways gives the last day."""
        if self.days is not None:
            return "days"
        if self.fixed is not None:
            return "fixed"
        return "monthly" if self.monthly is not None else "fact"


class Correction(Definition):
    """For how long the agency that took a step may take it back as a mistake, before the next step."""

    #: Working days after the day on which the step was recorded.
    working_days: Annotated[StrictInt, _Field(ge=1, le=30)]
    basis: Basis


class OpinionRule(Definition):
    """For how long another agency may take over an opinion that it is asked for; the proposal does not wait for it."""

    label: Text
    working_days: Annotated[StrictInt, _Field(ge=1, le=60)]
    ladder: Key
    if_missed: str = ""
    basis: Basis


class Promise(Definition):
    """What an agency that is late owes: why, and the day by which it will be done (xin lỗi và hẹn lại)."""

    #: The promised day lies at most so many working days ahead.
    working_days: Annotated[StrictInt, _Field(ge=1, le=60)]
    #: How often, from one start of the deadline to the next.
    times: Annotated[StrictInt, _Field(ge=1, le=5)] = 1
    basis: Basis


class Contract(Definition):
    """By which facts proposals stand under one contract: its number and year, given by one agency."""

    #: The fact that holds its number; free of case and spaces.
    number: Key
    #: The date fact whose year tells contracts of one number apart.
    date: Key
    #: The role whose agency signs it.
    by: Key
    #: The choice fact that says whether the number is a contract's at all, and which value says so.
    kind: Key
    of_kind: Key
    basis: Basis


class RoleLabel(Definition):
    """A role that the process names, with the words shown for it."""

    key: Key
    label: Text
    #: Bound per proposal (the implementer), not by appointment.
    per_proposal: StrictBool = False


class MilestoneLabel(Definition):
    """The words shown for a milestone."""

    key: Milestone
    label: Text


class Process(Definition):
    """The whole definition of a process at one version."""

    key: Key
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+$")]
    label: Text
    #: Whose money it spends.
    money: Literal["local", "national"]
    initial: Key
    basis: tuple[Basis, ...] = ()
    #: None: no step is ever taken back.
    correctable_within: Correction | None = None
    #: None: no other agency is asked.
    opinion: OpinionRule | None = None
    #: None: whoever is late is reminded, and promises nothing.
    promise: Promise | None = None
    #: None: no contract covers several proposals.
    contract: Contract | None = None
    milestones: tuple[MilestoneLabel, ...] = _Field(alias="milestone")
    roles: tuple[RoleLabel, ...] = _Field(alias="role")
    data: tuple[Field, ...]
    states: tuple[State, ...] = _Field(alias="state")
    transitions: tuple[Transition, ...] = _Field(alias="transition")
    deadlines: tuple[DeadlineRule, ...] = _Field(default=(), alias="deadline")
    ladders: tuple[Ladder, ...] = _Field(default=(), alias="ladder")
    #: SHA-256 of the text this was read from: its name in the store.
    _sha256: str = PrivateAttr(default="")

    @property
    def ref(self) -> str:
        """``key@version``, as programmes and steps name it."""
        return f"{self.key}@{self.version}"

    @property
    def sha256(self) -> str:
        """Hash of the published text; empty for a process built in memory."""
        return self._sha256

    def __hash__(self) -> int:
        """By the hash of its text, so that caches need not walk the whole definition."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self._sha256) if self._sha256 else id(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Process) and bool(self._sha256) and self._sha256 == other.sha256

    @cached_property
    def _states(self) -> dict[str, State]:
        return {state.key: state for state in self.states}

    @cached_property
    def _moves(self) -> dict[tuple[str, str], Transition]:
        return {(source, move.action): move for move in self.transitions for source in move.source}

    @cached_property
    def _rules(self) -> dict[str, DeadlineRule]:
        return {rule.key: rule for rule in self.rules}

    @cached_property
    def rules(self) -> tuple[DeadlineRule, ...]:
        """The deadline rules of the file, and that of opinions, which only asking starts and only an end lets lapse."""
        asked = self.opinion
        if asked is None:
            return self.deadlines
        rule = DeadlineRule(
            key="opinion",
            label=asked.label,
            runs_in=tuple(state.key for state in self.states if not state.end),
            days=asked.working_days,
            started_by=("ask",),
            ended_by=("answer",),
            ladder=asked.ladder,
            if_missed=asked.if_missed,
            basis=asked.basis,
        )
        return (*self.deadlines, rule)

    def rules_of(self, keys: frozenset[str]) -> tuple[DeadlineRule, ...]:
        """The deadline rules of those keys, in their order."""
        if keys not in self._rules_of:
            self._rules_of[keys] = tuple(rule for rule in self.rules if rule.key in keys)
        return self._rules_of[keys]

    @cached_property
    def _rules_of(self) -> dict[frozenset[str], tuple[DeadlineRule, ...]]:
        return {}

    def rules_in(self, state: str) -> frozenset[str]:
        """The keys of the deadline rules that run in that state."""
        return self._rules_in[state]

    @cached_property
    def _rules_in(self) -> dict[str, frozenset[str]]:
        return {
            state.key: frozenset(rule.key for rule in self.rules if state.key in rule.runs_in) for state in self.states
        }

    @cached_property
    def pausing(self) -> frozenset[str]:
        """States in which a duration stands still, because what was sent back has to be supplemented first."""
        return frozenset(state for rule in self.deadlines for state in rule.pauses_in)

    @cached_property
    def _ladders(self) -> dict[str, Ladder]:
        return {ladder.key: ladder for ladder in self.ladders}

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Every field by key: the proposal's data and all facts (the first that declares a key wins)."""
        found: dict[str, Field] = {}
        for field in (*self.data, *(fact for move in self.transitions for fact in move.facts)):
            found.setdefault(field.key, field)
        return found

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """The words of each choice among its fields, by field and choice."""
        return {key: field.labels for key, field in self.fields.items() if field.choices}

    @cached_property
    def data_keys(self) -> frozenset[str]:
        """The keys of the proposal's data."""
        return frozenset(field.key for field in self.data)

    @cached_property
    def free_data(self) -> frozenset[str]:
        """The keys of its data that are free text: personal, and never readable in history."""
        return free_texts(self.data)

    @cached_property
    def dates(self) -> frozenset[str]:
        """The keys of every field that holds a date."""
        return frozenset(key for key, field in self.fields.items() if field.type == "date")

    def state(self, key: str) -> State:
        """The state of that key; KeyError if there is none."""
        return self._states[key]

    def has_state(self, key: str) -> bool:
        """Whether a state has that key."""
        return key in self._states

    def transition(self, state: str, action: str) -> Transition | None:
        """What ``action`` does in ``state``, or None where it is not possible."""
        return self._moves.get((state, action))

    def transitions_from(self, state: str) -> Iterator[Transition]:
        """Every transition that leaves ``state`` or stays in it, in the order of the file."""
        return (move for move in self.transitions if state in move.source)

    def rule(self, key: str) -> DeadlineRule:
        """The deadline rule of that key; KeyError if there is none."""
        return self._rules[key]

    def ladder(self, key: str) -> Ladder:
        """The ladder of that key; KeyError if there is none."""
        return self._ladders[key]

    def role_label(self, key: str) -> str:
        """The words for a role, or its key where the process does not name it."""
        return next((role.label for role in self.roles if role.key == key), key)
