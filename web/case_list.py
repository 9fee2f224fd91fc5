"""The case list as the address asks for it: its tab, its filters, its page, and a case's neighbours in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from shapes.badges import badge_of_line
from shapes.listing import LineWords, last_day_of, seats_at
from shapes.views import SOON, VIEWS, Viewer, wanted
from store.lists import Counted, Inbox, Page, ProposalLine, Wanted
from store.queries import Queries
from web.links import MORE, NAMES, narrowed, value_words
from web.rights import Right
from web.visit import Visit
from workflow.seeing import Scope

MOST: Final = 50
#: The filters of the address, beside the tab.
FILTERS: Final = ("q", "chuong-trinh", "trang-thai", "co-quan", *MORE)
_ASKED: Final = ("tab", *FILTERS, "sau")


@dataclass(frozen=True)
class CaseList:
    """A list as somebody looks at it."""

    viewer: Viewer
    scope: Scope
    #: What the address asks for, by name; nothing empty.
    asked: Mapping[str, str]
    #: The tab of whoever asks for none.
    usual: str

    @classmethod
    def of(cls, visit: Visit, query: str | None = None) -> "CaseList":
        """The list that a page's address asks for, or the one that is handed on as ``ds``."""
        given = dict(parse_qsl(query)) if query is not None else dict(visit.request.query_params)
        asked = {name: given[name].strip() for name in _ASKED if given.get(name, "").strip()}
        viewer = Viewer(actor=visit.actor, law=visit.law, now=visit.now)
        return cls(viewer, visit.scope, asked, "inbox" if visit.may(Right.WORKS) else "all")

    @property
    def tab(self) -> str:
        """Its tab."""
        asked = self.asked.get("tab", "")
        return asked if asked in VIEWS else self.usual

    @property
    def filters(self) -> dict[str, str]:
        """What narrows it besides."""
        return {name: self.asked[name] for name in FILTERS if name in self.asked}

    def query(self, **changed: str) -> str:
        """The address of this list with something changed; an empty value leaves its name out."""
        values = {"tab": self.tab, **self.filters, **changed}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def here(self) -> str:
        """The address of this very page of it."""
        return self.query(sau=self.asked.get("sau", ""))

    def wanted(self, tab: str | None = None) -> Wanted:
        """What it asks of the store. What belongs to one's agency is what one may look at."""
        named = [name for name in VIEWS[tab or self.tab] if name != "ours"]
        only = self.scope.provinces[0] if self.scope.provinces and len(self.scope.provinces) == 1 else None
        holder = self.asked.get("co-quan")
        return wanted(
            self.viewer,
            named,
            scope=self.scope,
            province=only,
            programme=self.asked.get("chuong-trinh"),
            state=self.asked.get("trang-thai"),
            holders=seats_at(self.viewer.law, holder) if holder in self.viewer.law.agencies else None,
            text=self.asked.get("q"),
            **narrowed(self.asked, now=self.viewer.now),
        )

    def more(self) -> Iterator[dict[str, str]]:
        """What a figure narrowed it by, each in words and with the address of the list without it."""
        for name in MORE:
            if name in self.asked:
                value, law = self.asked[name], self.viewer.law
                words = value_words(name, value, law, self.asked.get("chuong-trinh", ""))
                yield {"name": name, "value": value, "words": words, "without": self.query(**{name: ""})}

    def page(self, lists: Queries) -> Page:
        """Its page. Raises NoSuchPage."""
        return lists.proposals(self.wanted(), after=self.asked.get("sau"), limit=MOST)

    def counts(self, lists: Queries) -> dict[str, Counted]:
        """How many every tab has, filters and all."""
        return {name: lists.count(self.wanted(name)) for name in VIEWS}

    @cached_property
    def mine(self) -> Inbox:
        """What waits for whoever looks."""
        return Inbox(person=self.viewer.actor.person, seats=self.viewer.seats)

    def is_mine(self, line: ProposalLine) -> bool:
        """Whether the next act on it is theirs."""
        if line.officer is not None:
            return line.officer == self.mine.person
        return line.holder in self.mine.seats

    def rows(self, lines: tuple[ProposalLine, ...], data: Mapping[str, Any], lang: str) -> Iterator[SimpleNamespace]:
        """The lines as they are shown; by attributes, which a template reads several times faster than keys."""
        law, today = self.viewer.law, self.viewer.today
        words = LineWords(law, today)
        badge = lru_cache(lambda day, waiting: badge_of_line(day, today, law.calendar, lang, waiting=waiting))
        for line in lines:
            known, agency = data.get(line.code, {}), (line.holder or "").partition("@")[2]
            last_day = last_day_of(line) if line.open else None
            yield SimpleNamespace(
                code=line.code,
                title=line.title,
                state_label=words.state(line.process, line.state),
                open=line.open,
                holder_agency_name=words.agency(agency) if agency else None,
                officer_name=line.officer_name,
                last_day=last_day,
                last_at=line.last_at,
                mine=self.is_mine(line),
                badge=badge(last_day, line.waiting),
                beneficiary=known.get("beneficiary") or "",
                amount=known.get("approved_amount") or known.get("requested_amount"),
                approved="approved_amount" in known,
            )

    def export_filters(self) -> dict[str, str | bool]:
        """What narrows it, by the names that history keeps for exports."""
        narrowed = set(VIEWS[self.tab])
        named: dict[str, str | bool] = {name: True for name in ("waiting", "ended", "overdue") if name in narrowed}
        named |= {"inbox": True} if "mine" in narrowed else {}
        named |= {"followed": True} if "elsewhere" in narrowed else {}
        named |= {"due_soon": str(SOON)} if "due_soon" in narrowed else {}
        words = {"search": "q", "programme": "chuong-trinh", "state": "trang-thai", "holder": "co-quan"}
        words |= {key: NAMES[key] for key in NAMES if NAMES[key] in MORE}
        return named | {key: self.asked[name] for key, name in words.items() if name in self.asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The cases before and after one in the list it was opened from; None: there is none, or it left the list."""

    before: str | None
    after: str | None
    #: The address of the list for the case after it, which may stand on the next page.
    after_query: str


def neighbours(found: CaseList, lists: Queries, code: str) -> Neighbours:
    """Beside a case in the filtered list, in its order."""
    page = found.page(lists)
    codes = [line.code for line in page.lines]
    if code not in codes:
        return Neighbours(before=None, after=codes[0] if codes else None, after_query=found.here)
    place = codes.index(code)
    before = codes[place - 1] if place else None
    if place + 1 < len(codes):
        return Neighbours(before=before, after=codes[place + 1], after_query=found.here)
    further = lists.proposals(found.wanted(), after=page.after, limit=1).lines if page.after else ()
    query = found.query(sau=page.after or "")
    return Neighbours(before=before, after=further[0].code if further else None, after_query=query)
