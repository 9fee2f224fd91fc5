"""Whole stories through the pages: every form, paper and press of one local and one national proposal."""

import re
from collections.abc import Mapping
from datetime import UTC, date

import pytest

from khuyencong.demo.acts import Act, Story
from khuyencong.demo.cast import players
from khuyencong.demo.samples import phong_tho_line, tan_uyen_bricks
from khuyencong.demo.stage import Stage
from tests.staging import kept
from tests.web.sites import Browser, Clocked, Site
from workflow.ownership import owner_seats
from workflow.proposal import Actor, FactValue

_HIDDEN = re.compile(r'<input type="hidden" name="(ban|khoa)" value="([^"]*)"')
_FILES = re.compile(r'type="file" id="([^"]+)"')


def typed(value: FactValue) -> str:
    """A value as somebody types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def owner_of(clock: Clocked, code: str, played: Act) -> str:
    """The account of whoever owns a step that day."""
    stage = Stage(store=clock.store, house=clock.house, cast=(Actor(person="", name=""),), keep=kept)
    seats = owner_seats(stage.attempt(code, played.action, played.facts, played.when.astimezone(UTC)))
    return next(one.username for one in players() if {str(seat) for seat in one.seats} & set(seats))


def fields(values: Mapping[str, FactValue]) -> dict[str, str]:
    """Values by the names of the form's fields."""
    return {f"f.{key}": typed(value) for key, value in values.items()}


@pytest.mark.parametrize("story", [phong_tho_line(), tan_uyen_bricks()], ids=["local", "national"])
def test_a_story_is_told_by_its_pages_alone(office: Site, story: Story) -> None:
    """From the page of new proposals to the evaluation, each step by whoever owns it."""
    office.home.moment = story.drafted.astimezone(UTC)
    asked = {"chuong-trinh": story.programme, "quy-trinh": story.process, "tinh": story.province or ""}
    made = office.browser(f"can-bo.{story.implementer}").post("/de-an/moi", asked | fields(story.data))
    assert made.status_code == 303, made.text.partition("<main")[2][:2000]
    code = made.headers["location"].rpartition("/")[2]

    for played in story.acts:
        office.home.moment = played.when.astimezone(UTC)
        press(office.browser(owner_of(office.home, code, played)), code, played)

    with office.home.store.read() as uow:
        assert uow.proposal(code).milestone == "evaluated"


def press(browser: Browser, code: str, played: Act) -> None:
    """Opens the case, the form, and confirms."""
    path = f"/de-an/{code}/thao-tac/{played.action}"
    assert f'href="{path}"' in browser.page(f"/de-an/{code}"), played.action
    form = browser.page(path)
    files = dict.fromkeys(_FILES.findall(form), ("van-ban.txt", b"Van ban", "text/plain"))
    asked = dict(_HIDDEN.findall(form)) | fields(played.facts) | {"buoc": "lam"}
    done = browser.post(path, asked, files=files or None)
    assert done.status_code == 303, (played.action, done.text.partition("<main")[2][:2000])
