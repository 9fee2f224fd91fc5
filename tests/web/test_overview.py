"""The overview: every figure leads to the list of exactly its rows, and nobody learns more than lists tell them."""

import re
from html import unescape

import pytest

from tests.web.sites import Browser, Site

APPRAISER = "tham-dinh.sct-lai-chau"
PAGE = "/tong-quan/lai-chau-2015-2020"
_FIGURE = re.compile(r'<a href="(/de-an\?[^"]+)"[^>]*>(?:<b>)?([\d.]+)<')
_ROW = re.compile(r'<td data-head="[^"]*" class="kc-code">')


def figures(page: str) -> dict[str, set[str]]:
    """The addresses of a page's figures, with every number that leads there."""
    found: dict[str, set[str]] = {}
    for address, number in _FIGURE.findall(page):
        found.setdefault(unescape(address), set()).add(number)
    return found


def rows(browser: Browser, address: str) -> int:
    """How many cases a list shows."""
    return len(_ROW.findall(browser.page(address)))


def test_every_figure_leads_to_the_list_of_exactly_its_rows(site: Site) -> None:
    """The count of a group is among the numbers that lead to its list, for each group of the page."""
    browser = site.browser(APPRAISER)

    found = figures(browser.page(PAGE))

    counts = {address: rows(browser, address) for address in found}
    assert all(str(counts[address]) in numbers for address, numbers in found.items()), counts
    assert any(count == 1 for count in counts.values())
    assert any(count == 0 for count in counts.values())


def test_the_overview_of_all_programmes_says_who_holds_what(site: Site) -> None:
    """What lies with an agency is the list of what it holds."""
    browser = site.browser(APPRAISER)

    found = figures(browser.page("/tong-quan"))

    assert {address: {str(rows(browser, address))} for address in found} == found
    assert "/de-an?tab=all&co-quan=sct-lai-chau" in found


def test_figures_count_only_what_one_may_look_at(office: Site) -> None:
    """A sum must not tell what lists hide: another province's office sees nothing of this one's programme."""
    ours, theirs = office.browser(APPRAISER), office.browser("tham-dinh.sct-da-nang")

    here, there = figures(ours.page(PAGE)), figures(theirs.page(PAGE))

    assert "1" in set.union(*here.values())
    assert set.union(*there.values()) == {"0"}


def test_planned_figures_are_told_from_what_is_on_record(office: Site) -> None:
    """What the programme's text plans is no link; what was only recalled is marked as such."""
    page = office.browser(APPRAISER).page("/tong-quan/lai-chau-2021-2025")

    assert "75.300.000.000" not in "".join(number for numbers in figures(page).values() for number in numbers)
    assert "không phải hạn mức" in page
    assert "đã đọc văn bản" in page


def test_a_chart_says_in_words_what_it_draws(office: Site) -> None:
    """A title, a description, and a table of the same figures."""
    page = office.browser(APPRAISER).page(PAGE)

    for key in ("moc", "nam", "nguon"):
        assert f'aria-labelledby="{key}-t {key}-d"' in page
        assert f'<title id="{key}-t">' in page
    assert " style=" not in page


@pytest.mark.parametrize("path", ["/tong-quan/khong-co", "/tong-quan/../x"])
def test_an_unknown_programme_is_said_to_be_unknown(office: Site, path: str) -> None:
    """A page that says so, not a fault."""
    assert office.browser(APPRAISER).get(path).status_code == 404


def test_administrators_and_strangers_see_no_figures(office: Site) -> None:
    """Figures are for whoever may look at cases."""
    assert office.visitor().get(PAGE).status_code == 303
    assert office.browser("quan-tri.ubnd-lai-chau").get(PAGE).status_code == 403
