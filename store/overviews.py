"""What a programme has come to: proposals counted and amounts summed in the database, one row for each kind of them.

Amounts are those of the facts on record. What is planned, and what the rows add up to, ``shapes.overview`` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, String, TextualSelect, bindparam, column, text

from store.rows import Values
from store.statements import Statement, Transaction
from store.types import UtcInstant
from workflow.seeing import Scope

#: What is summed of ``data``, each by the field that holds it.
_OF_DATA: Mapping[str, str] = {
    "requested": "requested_amount",
    "own": "own_capital",
    "other": "other_capital",
    "approved": "approved_amount",
    "settled": "settled_amount",
}
#: What is summed over steps: the action, the fact, and with which sign.
_OF_STEPS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "allocated": (("allocate", "allocated_amount", "+"),),
    "paid": (("advance", "amount", "+"), ("pay_rest", "amount", "+"), ("refund", "amount", "-")),
}
AMOUNTS = (*_OF_DATA, *_OF_STEPS)
_KEYS = ("plan_year", "process", "milestone", "state", "open", "waiting", "holder", "activity", "target")
_COUNTS = ("number", "overdue", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Proposals of a programme that have all of this alike, and what they add up to, in đồng."""

    plan_year: int
    #: ``key@version``.
    process: str
    milestone: str
    state: str
    open: bool
    waiting: bool
    #: ``role@agency``; None at an end.
    holder: str | None
    activity: str
    #: The target that they were counted to when they were evaluated; None: they were not.
    target: str | None
    number: int
    #: Of these, the ones with a deadline that has passed.
    overdue: int
    #: Of these, the open ones about which nothing was recorded since ``still_since``.
    idle: int
    #: How much they brought to ``target``, in its own unit.
    reached: int
    requested: int
    own: int
    other: int
    approved: int
    settled: int
    allocated: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What lies open at a seat."""

    holder: str
    number: int
    overdue: int


def cells(
    transaction: Transaction, programme: str, *, scope: Scope, now: datetime, still_since: datetime
) -> tuple[Cell, ...]:
    """The proposals of a programme that ``scope`` lets one look at; cost grows with how many the programme has."""
    values = {"programme": programme, "now": now, "still": still_since, **_seen(scope)}
    return tuple(Cell(**row._asdict()) for row in transaction.rows(_CELLS, values))


def held(transaction: Transaction, *, scope: Scope, now: datetime) -> tuple[Held, ...]:
    """What lies open at each seat, of all programmes."""
    rows = transaction.rows(_HELD[scope.process is not None], {"now": now, **_seen(scope)})
    return tuple(Held(holder=row.holder, number=row.number, overdue=row.overdue) for row in rows)


def _seen(scope: Scope) -> Values:
    """A list is given as one text (``|da-nang|quang-nam|``), so that a statement is one for all; empty: everything."""
    return {
        "provinces": _listed(scope.provinces),
        "implementers": _listed(scope.implementers),
        "of_process": "%" if scope.process is None else f"{scope.process}@%",
    }


def _listed(keys: tuple[str, ...] | None) -> str:
    return "" if keys is None else f"|{'|'.join(keys)}|"


_WITHIN = """
    AND (:provinces = '' OR :provinces LIKE '%|' || proposal.province || '|%')
    AND (:implementers = '' OR :implementers LIKE '%|' || proposal.implementer || '|%')
    AND (:of_process = '%' OR proposal.process LIKE :of_process)
"""


def _steps(parts: tuple[tuple[str, str, str], ...], action: str, fact: str) -> str:
    """What one step adds, also what a running proposal brought along (``action.key`` of its opening step)."""
    done = " ".join(f"WHEN {action} = '{one}' THEN {sign}{fact.format(key)}" for one, key, sign in parts)
    brought = " ".join(f"{sign}coalesce({fact.format(f'{one}.{key}')}, 0)" for one, key, sign in parts)
    return f"coalesce(sum(CASE {done} WHEN {action} = 'opened' THEN {brought} END), 0)"


def _sqlite_sql() -> str:
    field = "coalesce(json_extract(data, '$.{0}'), 0)"
    action, fact = "json_extract(value, '$.action')", "json_extract(value, '$.facts.\"{0}\"')"
    sums = ", ".join(f"sum({field.format(key)}) AS {name}" for name, key in _OF_DATA.items())
    moved = ", ".join(
        # What is only asked for has no money yet, and most of a programme's steps need not be read. (S608: no value
        # stands in these texts, only names of ours.)
        f"sum(CASE WHEN milestone IN ('drafted', 'appraised') THEN 0 ELSE (SELECT {_steps(parts, action, fact)} "  # noqa: S608
        f"FROM json_each(proposal.past) WHERE json_extract(value, '$.undone') IS NULL) END) AS {name}"
        for name, parts in _OF_STEPS.items()
    )
    return _sql("json_extract(data, '$.target_key')", field.format("target_count"), f"{sums}, {moved}", "")


def _postgres_sql() -> str:
    fields = ", ".join(f"{key} bigint" for key in (*_OF_DATA.values(), "target_count"))
    known = f"CROSS JOIN LATERAL jsonb_to_record(data::jsonb) AS known(target_key text, {fields})"
    action, fact = "step->>'action'", "(step->'facts'->>'{0}')::bigint"
    parts = ", ".join(f"{_steps(parts, action, fact)} AS {name}" for name, parts in _OF_STEPS.items())
    moved = (
        f"LEFT JOIN LATERAL (SELECT {parts} FROM jsonb_array_elements(past::jsonb) AS step "  # noqa: S608 - as above.
        "WHERE step->'undone' IS NULL) AS moved ON milestone NOT IN ('drafted', 'appraised')"
    )
    sums = [f"sum(coalesce(known.{key}, 0))::bigint AS {name}" for name, key in _OF_DATA.items()]
    sums += [f"sum(coalesce(moved.{name}, 0))::bigint AS {name}" for name in _OF_STEPS]
    return _sql("known.target_key", "coalesce(known.target_count, 0)", ", ".join(sums), f"{known} {moved}")


def _sql(target: str, reached: str, sums: str, joined: str) -> str:
    counted = f"CASE WHEN milestone = 'evaluated' THEN {target} END"
    keys = ", ".join(f"{counted} AS target" if key == "target" else key for key in _KEYS)
    return f"""
        SELECT {keys}, count(*) AS number,
            sum(CASE WHEN open AND due <= :now THEN 1 ELSE 0 END) AS overdue,
            sum(CASE WHEN open AND last_at <= :still THEN 1 ELSE 0 END) AS idle,
            sum(CASE WHEN milestone = 'evaluated' THEN {reached} ELSE 0 END) AS reached, {sums}
        FROM proposal {joined} WHERE proposal.programme = :programme {_WITHIN}
        GROUP BY plan_year, process, milestone, state, open, waiting, holder, activity, {counted}
    """  # noqa: S608 - made of the names above alone.


def _typed(sql: str, *names: str) -> TextualSelect:
    kinds: Mapping[str, Any] = {"open": Boolean, "waiting": Boolean, "plan_year": Integer}
    kinds |= dict.fromkeys((*_COUNTS, "reached", *AMOUNTS), BigInteger)  # type: ignore[operator]
    given: list[Any] = [
        bindparam(name, type_=String) for name in ("provinces", "implementers", "of_process", "programme")
    ]
    given += [bindparam(name, type_=UtcInstant()) for name in ("now", "still")]
    wanted = [one for one in given if f":{one.key}" in sql]
    return text(sql).bindparams(*wanted).columns(*(column(name, kinds.get(name, String)()) for name in names))


_CELLS = Statement(
    lambda dialect: _typed(
        _sqlite_sql() if dialect == "sqlite" else _postgres_sql(),
        *_KEYS,
        *(*_COUNTS, "reached", *AMOUNTS),
    )
)


def _held_sql(dialect: str, *, of_process: bool) -> TextualSelect:
    """Told by an index alone (SQLite would choose another and fetch every row), but where a process narrows it."""
    index = "INDEXED BY ix_proposal_open_province" if dialect == "sqlite" and not of_process else ""
    within = _WITHIN if of_process else _WITHIN.partition("AND (:of_process")[0]
    return _typed(
        f"""
        SELECT holder, count(*) AS number, sum(CASE WHEN due <= :now THEN 1 ELSE 0 END) AS overdue
        FROM proposal {index} WHERE open AND holder IS NOT NULL {within} GROUP BY holder ORDER BY holder
        """,  # noqa: S608 - no value stands in it.
        *("holder", "number", "overdue"),
    )


_HELD = {of: Statement(partial(_held_sql, of_process=of)) for of in (False, True)}
