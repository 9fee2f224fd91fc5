"""Diagrams show the whole process, and can be read: nothing overlaps, no line runs through a box, no letter is tiny."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from definitions.bundle import shipped
from definitions.diagram import mermaid, svg
from definitions.diagram.layout import Layout
from definitions.diagram.sheet import Box
from definitions.process import Process
from tests.tiny_bundle import tiny

SVG = "{http://www.w3.org/2000/svg}"
TINY = tiny().process("tiny")
SHORTCUT = tiny(
    "tiny.toml",
    "",
    '[[transition]]\nrow = "90"\naction = "shelve"\nlabel = "Chuyển ngang"\nfrom = ["returned", "funded"]\n'
    'to = "appraised"\nowner = [{ role = "approver" }]\n',
).process("tiny")
BROKEN = tiny("tiny.toml", 'initial = "drafted"', 'initial = "draft"').process("tiny")
PROCESSES = [TINY, SHORTCUT, BROKEN, *shipped().processes.values()]


def name(process: Process) -> str:
    return f"{process.ref} from {process.initial} by {len(process.transitions)}"


@pytest.fixture(params=PROCESSES, ids=name)
def process(request: pytest.FixtureRequest) -> Process:
    assert isinstance(request.param, Process)
    return request.param


def moves(process: Process) -> Iterator[tuple[str, str, str]]:
    for move in process.transitions:
        if move.target is not None:
            yield from ((source, move.label, move.target) for source in move.source)


def test_mermaid_draws_every_state_and_every_move(process: Process) -> None:
    """What the definition allows, the diagram shows, once each."""
    text = mermaid(process)

    arrows = re.findall(r"^  s_(\w+) --> s_(\w+) : ", text, flags=re.MULTILINE)

    assert text.startswith("stateDiagram-v2\n")
    assert sorted(arrows) == sorted((source, target) for source, _, target in moves(process))
    for state in process.states:
        assert text.count(f" as s_{state.key}\n") == 1
        assert (f"  s_{state.key} --> [*]\n" in text) == state.end


def test_mermaid_of_the_tiny_process() -> None:
    """Milestones are groups, owners stand in brackets, self-steps are notes."""
    text = mermaid(TINY)

    lines = text.splitlines()

    assert '  state "Lập đề án" as milestone_drafted {' in lines
    assert '    state "Chờ bổ sung hồ sơ" as s_returned' in lines
    assert "  [*] --> s_drafted" in lines
    assert "  s_submitted --> s_returned : Trả lại (Cơ quan thẩm định)" in lines
    start = lines.index("  note right of s_funded")
    assert lines[start : start + 4] == [lines[start], "    Ghi nhận tại chỗ", "    ↻ Báo cáo tiến độ", "  end note"]


def test_mermaid_takes_no_sign_of_a_label_for_its_own() -> None:
    """A colon, a semicolon or a quotation mark in a label must not end the statement."""
    odd = tiny("tiny.toml", 'label = "Trả lại"', "label = 'Trả: \"lại\"; #1 {a}'").process("tiny")

    text = mermaid(odd)

    assert "  s_submitted --> s_returned : Trả - 'lại', số 1 (a) (Cơ quan thẩm định)\n" in text


def test_svg_is_well_formed_and_tells_what_it_shows(process: Process) -> None:
    """Who does not see the picture hears its title, the main path, and each state with what happens if nobody acts."""
    root = ElementTree.fromstring(svg(process))  # noqa: S314 - made by ourselves.

    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    told = {group.get("id"): group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")}

    assert title is not None
    assert desc is not None
    assert title.text == f"{process.label} ({process.ref})"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    for state in process.states:
        words = told[f"{process.key}-{state.key}"] or ""
        assert state.label in words
        assert state.if_nobody_acts in words


def test_svg_shows_every_move_with_its_owner(process: Process) -> None:
    """Each move from each of its sources is a line of its own with its words."""
    root = ElementTree.fromstring(svg(process))  # noqa: S314 - made by ourselves.

    titles = [path.findtext(f"{SVG}title") or "" for path in root.iter(f"{SVG}path")]
    words = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))

    for move in process.transitions:
        if move.target is not None:
            owners = " hoặc ".join(process.role_label(held.role) for held in move.owner)
            assert titles.count(f"{move.label}: {owners}") >= len(move.source)
        assert move.label.split(maxsplit=1)[0] in words


def test_svg_needs_nothing_from_elsewhere_and_no_letter_is_tiny(process: Process) -> None:
    """The picture is drawn on the server: no script, font or picture is fetched; text is 12 pixels or more."""
    text = svg(process)

    sizes = {int(size) for size in re.findall(r'font-size="(\d+)"', text)}

    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<style|<image|<foreignObject|\son\w+=|href=", text)
    assert min(sizes) >= 12


def test_the_same_process_gives_the_same_picture(process: Process) -> None:
    """A picture is a function of the definition, so it can be cached and compared."""
    first = svg(process), mermaid(process)

    second = svg(process), mermaid(process)

    assert first == second


def test_no_boxes_overlap(process: Process) -> None:
    """Each state has room of its own on the sheet."""
    layout = Layout(process)

    overlapping = [
        (one.state.key, two.state.key)
        for one, two in combinations(layout.boxes.values(), 2)
        if one.x < two.right and two.x < one.right and one.y < two.bottom and two.y < one.bottom
    ]

    assert overlapping == []
    assert all(
        box.x >= 0 and box.right <= layout.width and box.bottom <= layout.height for box in layout.boxes.values()
    )


def test_no_line_runs_through_a_box(process: Process) -> None:
    """A line that crossed a state would seem to belong to it."""
    layout = Layout(process)
    strokes = [(arrow.source, arrow.target, arrow.points) for arrow in layout.arrows]
    strokes += [(key, key, [(x, top), (x, bottom)]) for key, (x, top, bottom) in layout.end_lines.items()]

    crossed = [
        (source, target, box.state.key)
        for source, target, points in strokes
        for start, stop in pairwise(points)
        for box in layout.boxes.values()
        if runs_through(start, stop, box)
    ]

    assert crossed == []


def runs_through(start: tuple[float, float], stop: tuple[float, float], box: Box) -> bool:
    """Whether an upright or level stroke has a part strictly inside a box."""
    (left, right), (high, low) = sorted((start[0], stop[0])), sorted((start[1], stop[1]))
    return left < box.right - 1 and right > box.x + 1 and high < box.bottom - 1 and low > box.y + 1


def test_no_two_upright_lines_lie_on_each_other(process: Process) -> None:
    """Two moves that shared a stretch of line could not be told apart."""
    layout = Layout(process)
    upright = [
        (points[1][0], *sorted((points[1][1], points[2][1])))
        for points in (arrow.points for arrow in layout.arrows if arrow.kind == "side")
    ]

    shared = [
        (one, two) for one, two in combinations(upright, 2) if one[0] == two[0] and one[1] < two[2] and two[1] < one[2]
    ]

    assert shared == []


def test_a_limit_that_is_not_law_says_so() -> None:
    """The agency's own limit is never shown as law; a limit read in the text has no mark."""
    text = svg(TINY)

    own, law = "10 ngày làm việc (nội bộ)", "19/05 năm trước"

    assert own in text
    assert law in text
    assert f"{law} (" not in text
