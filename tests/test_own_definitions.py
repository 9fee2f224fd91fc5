"""An installation's own definitions: proved, published, and left alone when the installation is prepared again."""

from pathlib import Path

import pytest

from definitions.errors import FaultyDefinitions
from definitions.loading import SHIPPED, DefinitionText, find_texts
from khuyencong.publishing import publish_shipped
from notifications.rendering import TemplateSet
from store.memory import MemoryStore
from tests.shell import Shell
from tests.staging import OPENING, house
from workflow.administration import operator
from workflow.service.registering import publish, publish_templates

PROCESS = SHIPPED / "processes" / "kcdp-2021.1.toml"
CALENDAR = SHIPPED / "calendars" / "2027.toml"
LABEL = "Chờ Sở Công Thương thẩm định"


def _edited(folder: Path, source: Path, old: str, new: str) -> Path:
    """A copy of a shipped file with something changed, in a folder of the same name."""
    place = folder / source.parent.name / source.name
    place.parent.mkdir(exist_ok=True)
    text = source.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new), encoding="utf-8")
    return place


def test_an_own_text_is_published_and_stays_when_prepared_again(office: Shell, tmp_path: Path) -> None:
    """`definitions publish` puts an office's text in force, and a later `init` says that it keeps it."""
    own = _edited(tmp_path, PROCESS, f'label = "{LABEL}"', 'label = "Nhãn riêng của cơ quan"')

    published = office.json("definitions", "publish", str(own))
    again = office("init")

    assert published["published"] == [{"kind": "process", "key": "kcdp@2021.1"}]
    assert again.status == 0
    assert "kcdp@2021.1" in again.err
    assert office.json("definitions", "publish", str(own))["published"] == []


def test_a_calendar_that_was_announced_is_not_taken_back(office: Shell, tmp_path: Path) -> None:
    """A higher version of a calendar year stays in force however often the installation is prepared."""
    own = _edited(tmp_path, CALENDAR, "version = 1", "version = 2")

    assert office("calendar", "publish", str(own)).status == 0
    assert office("init").status == 0

    assert office.json("calendar", "show", "2027")["version"] == 2


def test_an_unsound_text_is_not_published(office: Shell, tmp_path: Path) -> None:
    """What `check` would refuse is refused, with the file and the fault, and nothing is published."""
    own = _edited(tmp_path, PROCESS, '"sums_match"', '"sums_mach"')
    before = office.rows()

    answer = office("definitions", "publish", str(own))

    assert answer.status == 1
    assert "sums_mach" in answer.err
    assert office.rows() == before


@pytest.mark.parametrize("own", [True, False], ids=["own process", "shipped alone"])
def test_templates_by_which_an_own_process_cannot_speak_are_not_published(own: bool) -> None:
    """An office's process sends a notice whose template later software lacks: told when it would be published.

    Nothing is published then; without such a process the same templates are taken.
    """
    store, surroundings = MemoryStore(), house()
    ours = DefinitionText("process", "own", PROCESS.read_text(encoding="utf-8").replace('"received"', '"ours"'))
    spoken = TemplateSet.of({**dict(TemplateSet.shipped().texts), "ours/body.txt": "Đã nhận hồ sơ {{ ma }}"})
    publish(store, surroundings, find_texts(), by=operator(), at=OPENING)
    if own:
        publish(store, surroundings, (ours,), by=operator(), at=OPENING)
    publish_templates(store, surroundings, spoken.to_text(), sha256=spoken.sha256, by=operator(), at=OPENING)

    if own:
        with pytest.raises(FaultyDefinitions) as faulty:
            publish_shipped(store, surroundings, by=operator(), at=OPENING)
        assert faulty.value.faults
        assert all("ours" in fault.message for fault in faulty.value.faults)
    else:
        assert publish_shipped(store, surroundings, by=operator(), at=OPENING).templates

    with store.read() as uow:
        assert (uow.templates_sha256() == spoken.sha256) == own
