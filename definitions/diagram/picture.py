"""A process as an SVG picture that is drawn on the server: no script, no font from elsewhere, readable as it is."""

from collections.abc import Iterable, Iterator
from html import escape

from definitions.diagram.layout import SIDE_X, Layout
from definitions.diagram.sheet import BIG, LINE, NORMAL, Arrow, Box, Lane
from definitions.diagram.words import limits, self_steps, who
from definitions.process import Process, State

_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_INK, _SOFT, _PAPER = "#1b2733", "#4a5a68", "#ffffff"
_MAIN, _SIDE, _END = "#0b4f8a", "#5b6b79", "#9a3b26"
_LANES = ("#f3f7fb", "#eaf1f7")
_COLOURS = {"main": _MAIN, "side": _SIDE, "end": _END}


def svg(process: Process) -> str:
    """The picture of a process, with a title and a description for those who do not see it."""
    layout = Layout(process)
    body = "\n".join(_parts(layout))
    size = (
        f'width="{layout.width:.0f}" height="{layout.height:.0f}" viewBox="0 0 {layout.width:.0f} {layout.height:.0f}"'
    )
    name = f"{process.key}-{process.version.replace('.', '-')}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="{name}-title {name}-desc" '
        f'font-family="{_FONT}" font-size="{NORMAL}" fill="{_INK}">\n'
        f'<title id="{name}-title">{escape(process.label)} ({process.ref})</title>\n'
        f'<desc id="{name}-desc">{escape(_description(layout))}</desc>\n{body}\n</svg>\n'
    )


def _description(layout: Layout) -> str:
    process = layout.process
    main = " → ".join(process.state(key).label for key in layout.main)
    ends = "; ".join(process.state(key).label for key in layout.ends)
    moves = sum(not move.is_self_step for move in process.transitions)
    told = f"{len(process.states)} trạng thái, {moves} bước chuyển. Đường chính: {main}."
    return f"{told} Kết thúc sớm: {ends}." if ends else told


def _parts(layout: Layout) -> Iterator[str]:
    yield f'<rect width="100%" height="100%" fill="{_PAPER}"/>'
    yield _markers(layout.process)
    for index, lane in enumerate(layout.lanes):
        yield from _lane(layout, lane, index)
    heading = f"{layout.process.label} ({layout.process.ref})"
    yield f'<text x="{SIDE_X}" y="38" font-size="20" font-weight="700">{escape(heading)}</text>'
    for kind in ("end", "side", "main"):
        yield from (_line(layout, arrow) for arrow in layout.arrows if arrow.kind == kind)
    for key, (x, top, bottom) in layout.end_lines.items():
        yield f'<path d="M{x:.1f} {top:.1f}V{bottom - 1:.1f}" {_stroke("end")}{_head(layout, "end")}>'
        yield f"<title>{escape(layout.process.state(key).label)}</title></path>"
    yield from (_words(arrow) for arrow in layout.arrows)
    yield from (_box(layout, box) for box in layout.boxes.values())
    yield from _legend(layout)


def _id(process: Process, kind: str) -> str:
    return f"{process.key}-head-{kind}"


def _markers(process: Process) -> str:
    heads = (
        f'<marker id="{_id(process, kind)}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10Z" fill="{colour}"/></marker>'
        for kind, colour in _COLOURS.items()
    )
    return f"<defs>{''.join(heads)}</defs>"


def _lane(layout: Layout, lane: Lane, index: int) -> Iterator[str]:
    colour = _LANES[index % 2]
    yield f'<rect y="{lane.y:.1f}" width="100%" height="{lane.height:.1f}" fill="{colour}"/>'
    number = [row.key for row in layout.process.milestones].index(lane.milestone) + 1
    label = escape(f"{number}. {lane.label}")
    yield f'<text x="{SIDE_X}" y="{lane.y + 24:.1f}" font-size="16" font-weight="700" fill="{_MAIN}">{label}</text>'


def _stroke(kind: str) -> str:
    width = 2.4 if kind == "main" else 1.4
    dashes = ' stroke-dasharray="5 3"' if kind == "end" else ""
    return f'fill="none" stroke="{_COLOURS[kind]}" stroke-width="{width}" stroke-linejoin="round"{dashes}'


def _head(layout: Layout, kind: str) -> str:
    return f' marker-end="url(#{_id(layout.process, kind)})"'


def _line(layout: Layout, arrow: Arrow) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in arrow.points)
    title = f"<title>{escape(f'{arrow.move.label}: {who(layout.process, arrow.move.owner)}')}</title>"
    if arrow.kind != "end":
        return f'<path d="{path}" {_stroke(arrow.kind)}{_head(layout, arrow.kind)}>{title}</path>'
    x, y = arrow.points[-1]
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_END}"/>'
    return f'<path d="{path}" {_stroke("end")}>{title}</path>{dot}'


def _words(arrow: Arrow) -> str:
    """The action above the line and its owner below; on the main path both stand beside the line."""
    up = arrow.label_y - 5 - (len(arrow.action) - 1) * LINE
    action = _text(arrow.action, arrow.label_x, up, fill=_COLOURS[arrow.kind], bold=True, halo=True)
    return action + _text(arrow.owner, arrow.label_x, arrow.label_y + LINE - 3, fill=_SOFT, halo=True)


def _text(
    words: Iterable[str],
    x: float,
    y: float,
    *,
    fill: str = _INK,
    size: int = NORMAL,
    bold: bool = False,
    halo: bool = False,
) -> str:
    look = f'font-size="{size}" fill="{fill}"' + (' font-weight="700"' if bold else "")
    paper = f' stroke="{_LANES[0]}" stroke-width="3" paint-order="stroke"' if halo else ""
    rows = (
        f'<text x="{x:.1f}" y="{y + index * LINE:.1f}" {look}{paper}>{escape(row)}</text>'
        for index, row in enumerate(words)
    )
    return "".join(rows)


def _box(layout: Layout, box: Box) -> str:
    colour = {"middle": _MAIN, "side": _SIDE, "end": _END}[box.column]
    frame = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="8"'
    parts = [f'<rect {frame} fill="{_PAPER}" stroke="{colour}" stroke-width="{2 if box.column == "middle" else 1.4}"/>']
    if box.state.end:
        inner = (
            f'x="{box.x + 3:.1f}" y="{box.y + 3:.1f}" width="{box.width - 6:.1f}" height="{box.height - 6:.1f}" rx="6"'
        )
        parts.append(f'<rect {inner} fill="none" stroke="{colour}"/>')
    y = box.y + 22
    for words, fill, size, bold in (
        (box.title, _INK, BIG, True),
        (box.holder, colour, NORMAL, False),
        (box.limits, _SOFT, NORMAL, False),
        (box.steps, _SOFT, NORMAL, False),
    ):
        parts.append(_text(words, box.x + 10, y, fill=fill, size=size, bold=bold))
        y += len(words) * LINE + (2 if bold else 0)
    told = escape(_told(layout.process, box.state))
    return f'<g id="{layout.process.key}-{box.state.key}"><title>{told}</title>{"".join(parts)}</g>'


def _told(process: Process, state: State) -> str:
    """Everything about a state in words, shown where the pointer rests and read aloud."""
    rows = [f"{state.label} ({state.key})"]
    if state.holder:
        rows.append(f"Đang giữ: {who(process, state.holder)}")
    rows += [f"Hạn {limit}: {what}" for limit, what in limits(process, state).items()]
    if state.without_deadline:
        rows.append(f"Không có hạn: {state.without_deadline}")
    if state.if_nobody_acts:
        rows.append(f"Nếu không ai xử lý: {state.if_nobody_acts}")
    return "\n".join([*rows, *(f"↻ {step}" for step in dict.fromkeys(self_steps(process, state)))])


def _legend(layout: Layout) -> Iterator[str]:
    x, y = float(SIDE_X), layout.height - 34
    for kind, label in (("main", "đường chính"), ("side", "bước phụ"), ("end", "kết thúc sớm")):
        yield f'<path d="M{x:.1f} {y:.1f}h44" {_stroke(kind)}{_head(layout, kind)}/>'
        yield _text([label], x + 54, y + 4)
        x += 160
    yield _text(["↻ ghi nhận tại chỗ, không đổi trạng thái"], x, y + 4)
    yield _text(["Khung kép: trạng thái kết thúc"], x + 270, y + 4)
