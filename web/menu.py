"""The parts of the system that stand at the top of every page, each for whom it is."""

from dataclasses import dataclass

from web.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A part: where it is, what it is called, and who may go there."""

    url: str
    code: str
    icon: str
    right: Right


MENU = (
    Item(url="/de-an", code="web.nav.cases", icon="folder2-open", right=Right.CASES),
    Item(url="/tong-quan", code="web.nav.overview", icon="table", right=Right.CASES),
    Item(url="/quan-tri", code="web.nav.admin", icon="gear", right=Right.ADMINISTRATOR),
    Item(url="/kiem-toan", code="web.nav.audit", icon="shield-check", right=Right.AUDITOR),
)
