"""Proposals under one contract: which they are, and what that means for a clock that runs per contract. Pure.

The last acceptance of the contract starts such a clock for all of them (docs/decisions/0016).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from definitions.process import DeadlineRule, Process
from workflow.authority import SharedContract
from workflow.proposal import FactValue, Proposal


def contract_key(process: Process, data: Mapping[str, FactValue]) -> str:
    """By what a contract is found: ``2026/15/2026/hđ-kc``, its year and number; empty where the data name none."""
    named = process.contract
    if named is None:
        return ""
    number, signed = data.get(named.number), data.get(named.date)
    if not number or not isinstance(signed, date) or data.get(named.kind) != named.of_kind:
        return ""
    return f"{signed.year}/{''.join(str(number).casefold().split())}"


def contract_rule(process: Process) -> DeadlineRule | None:
    """The deadline that runs per contract, or None."""
    return next((rule for rule in process.deadlines if rule.per_contract), None)


@lru_cache(maxsize=64)
def awaited_states(process: Process) -> frozenset[str]:
    """The states in which a proposal is under a contract and still to be accepted: of the main path, those between."""
    named, rule, onward = process.contract, contract_rule(process), _onward(process)
    signing = next((m for m in process.transitions if named and m.main and m.target and m.fact(named.number)), None)
    found: list[str] = []
    state = signing.target if signing and rule else None
    while state is not None and rule is not None and state not in (*rule.runs_in, *found):
        found.append(state)
        state = onward.get(state)
    return frozenset(found)


def _onward(process: Process) -> dict[str, str]:
    return {move.source[0]: move.target for move in process.transitions if move.main and move.target}


def crosses(process: Process, source: str, target: str) -> bool:
    """Whether a step between two states changes what others under the same contract wait for."""
    awaited = awaited_states(process)
    return (source in awaited) != (target in awaited)


def accepted_on(proposal: Proposal, process: Process) -> date | None:
    """The day on which a proposal was accepted, if it was."""
    rule = contract_rule(process)
    if rule is None or rule.counts_from is None or proposal.state in awaited_states(process):
        return None
    return proposal.day(rule.counts_from)


def shared_by(others: Iterable[tuple[Proposal, Process]]) -> SharedContract:
    """What the others under a contract say to the clock of one of them."""
    rows = tuple(others)
    waits = (one.code for one, process in rows if one.state in awaited_states(process))
    accepted = (day for one, process in rows if (day := accepted_on(one, process)))
    return SharedContract(waits_for=tuple(sorted(waits)), since=max(accepted, default=None))
