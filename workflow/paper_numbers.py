"""Numbers of papers: one series for each agency, kind and year, from 01 on, without gaps or doubles.

Nghị định 30/2020/NĐ-CP: numbers begin anew on 1 January and are one for paper and electronic copy; a number is given
when the paper is issued. What was cancelled keeps its number.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct

from workflow.authority import Situation
from workflow.errors import NOBODY, Unmet
from workflow.proposal import Proposal

#: Kinds of papers with their signs (Nghị định 30/2020/NĐ-CP, Phụ lục III, RECALLED); a letter (công văn) has none.
SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "quyet_dinh": "QĐ",
        "to_trinh": "TTr",
        "thong_bao": "TB",
        "ke_hoach": "KH",
        "bao_cao": "BC",
        "bien_ban": "BB",
        "hop_dong": "HĐ",
        "giay_moi": "GM",
        "cong_van": "",
    }
)
_SYMBOL = re.compile(r"[^\W\d_]+(-[^\W_]+)*")


class Series(Struct, frozen=True, kw_only=True):
    """What is numbered together."""

    agency: str
    kind: str
    year: int

    @property
    def name(self) -> str:
        """Its counter; a space stands in no code of a proposal, whose counters lie beside it."""
        return f"paper {self.agency} {self.kind} {self.year}"


class PaperNumber(Struct, frozen=True, kw_only=True):
    """A number that was given: the series, the number, and how it is printed (``12/QĐ-SCT``)."""

    series: Series
    number: int
    text: str
    issued_on: date
    #: Who drew it.
    person: str
    #: The proposal that the paper is about, or None.
    code: str | None = None
    cancelled: bool = False


def printed(number: int, symbol: str) -> str:
    """``07/QĐ-SCT``: numbers below ten have two digits."""
    return f"{number:02d}/{symbol}"


def symbol_faults(kind: str, symbol: str) -> Iterator[Unmet]:
    """What is wrong with a kind of paper and the sign behind its number."""
    if kind not in SIGNS:
        yield Unmet("unmet.unknown_paper_kind", {"kind": kind, "known": ", ".join(SIGNS)})
        return
    wanted = f"{SIGNS[kind]}-" if SIGNS[kind] else ""
    if _SYMBOL.fullmatch(symbol) is None or not symbol.startswith(wanted) or symbol == wanted:
        yield Unmet("unmet.wrong_symbol", {"symbol": symbol, "example": f"{wanted}SCT"})


def part_faults(agency: str, proposal: Proposal, holder: str, situation: Situation, on: date) -> Iterator[Unmet]:
    """An agency numbers papers of a proposal that it holds, held, or was asked about."""
    known = {holder.partition("@")[2], situation.successor(proposal.implementer, on)}
    known |= {situation.successor(past.agency, on) for past in proposal.past}
    known |= {situation.successor(opinion.agency, on) for opinion in proposal.opinions}
    if agency not in known:
        yield Unmet("unmet.no_part", {"agency": situation.agency_name(agency, on)}, (NOBODY,))
