"""Where each box and arrow of a process lies: the main path down the middle, side states left, early ends right.

Every state that is not an early end has a row of its own, so a line to the right meets no box. Side states and jumps
use upright tracks left of the middle; each early end has an upright line of its own on the right. Lengths are pixels.
"""

from functools import cached_property
from typing import Literal

from definitions.diagram.sheet import BIG, LINE, NORMAL, Arrow, Box, Lane
from definitions.diagram.words import limits, lines, self_steps, who
from definitions.process import Process, State, Transition
from definitions.soundness.main_path import main_path

SIDE_X, SIDE_WIDTH, MIDDLE_WIDTH, END_WIDTH = 24, 216, 268, 156
LABEL, TRACK, TOP, HEADER = 208, 16, 64, 34


class Layout:
    """The sheet of one process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        first = process.initial if process.has_state(process.initial) else process.states[0].key
        self.main = [first, *(way[2] for way in main_path(process))]
        self.ends = [state.key for state in process.states if state.end and state.key not in self.main]
        self.rows = self._rows()
        self.boxes = {state.key: self._box(state) for state in process.states}
        self.arrows = self._arrows()
        self._tracks: dict[int, int] = {}
        self.lanes: list[Lane] = []
        self._place()

    def _rows(self) -> list[tuple[str, str]]:
        """Each state that has a row, with the main state to whose lane it belongs."""
        side = [state.key for state in self.process.states if state.key not in (*self.main, *self.ends)]
        home = {key: self._home(key) for key in side}
        rows: list[tuple[str, str]] = []
        for key in self.main:
            rows += [(key, key), *((other, key) for other in side if home[other] == key)]
        return rows

    def _home(self, key: str) -> str:
        sources = {source for move in self.process.transitions if move.target == key for source in move.source}
        return next((state for state in self.main if state in sources), self.main[-1])

    def _box(self, state: State) -> Box:
        column: Literal["middle", "side", "end"] = "side"
        if state.key in self.main or state.key in self.ends:
            column = "middle" if state.key in self.main else "end"
        width = {"middle": MIDDLE_WIDTH, "side": SIDE_WIDTH, "end": END_WIDTH}[column]
        inner = width - 20
        limit = "; ".join(limits(self.process, state))
        steps = " · ".join(dict.fromkeys(self_steps(self.process, state)))
        holder = who(self.process, state.holder)
        return Box(
            state=state,
            column=column,
            width=width,
            title=lines(state.label, inner, BIG, bold=True),
            holder=lines(holder, inner, NORMAL) if holder else (),
            limits=lines(f"Hạn: {limit}", inner, NORMAL) if limit else (),
            steps=lines(f"↻ {steps}", inner, NORMAL) if steps else (),
        )

    def _arrows(self) -> list[Arrow]:
        return [
            self._arrow(move, source, move.target)
            for move in self.process.transitions
            if move.target is not None and move.target in self.boxes
            for source in move.source
            if source in self.boxes
        ]

    def _arrow(self, move: Transition, source: str, target: str) -> Arrow:
        kind: Literal["main", "side", "end"] = "end" if target in self.ends else "side"
        if move.main and source in self.main and self.main.index(source) + 1 < len(self.main):
            kind = "main" if self.main[self.main.index(source) + 1] == target else kind
        action = lines(move.label, LABEL - 12, NORMAL, bold=True)
        owner = lines(who(self.process, move.owner), LABEL - 12, NORMAL)
        return Arrow(move=move, source=source, target=target, kind=kind, action=action, owner=owner)

    def _place(self) -> None:
        self._place_rows()
        used = self._choose_tracks()
        self._track_left = SIDE_X + SIDE_WIDTH + 18
        middle = self._track_left + used * TRACK + LABEL + 8
        for box in self.boxes.values():
            box.x = middle if box.column == "middle" else SIDE_X
        self._place_ends(middle + MIDDLE_WIDTH + LABEL + 26)
        self._draw_lines(middle, used)
        self.height = max(box.bottom for box in self.boxes.values()) + 96
        self.width = max(box.right for box in self.boxes.values()) + 28
        if not self.ends:
            self.width += LABEL

    def _place_rows(self) -> None:
        y, lane_top, lane = float(TOP), float(TOP), ""
        for index, (key, home) in enumerate(self.rows):
            if home != lane and self._milestone(home) != self._milestone(lane):
                lane_top, y = y, y + HEADER
            lane, box = home, self.boxes[key]
            box.y, box.height = y, self._height(box)
            self._place_slots(box)
            y = box.bottom + self._gap(key)
            following = self.rows[index + 1][1] if index + 1 < len(self.rows) else ""
            if self._milestone(following) != self._milestone(home):
                self._close_lane(home, lane_top, y)

    def _milestone(self, key: str) -> str:
        return self.process.state(key).milestone if key else ""

    def _close_lane(self, home: str, top: float, bottom: float) -> None:
        for row in self.process.milestones:
            if row.key == self._milestone(home):
                self.lanes.append(Lane(milestone=row.key, label=row.label, y=top, height=bottom - top))

    def _gap(self, key: str) -> float:
        down = [arrow for arrow in self.arrows if arrow.kind == "main" and arrow.source == key]
        return max((arrow.label_height for arrow in down), default=0) + 26

    def _slots(self, box: Box, side: Literal["left", "right"]) -> list[tuple[Arrow, bool]]:
        """The line ends on one side of a box, from above to below; True where the line leaves the box."""
        key = box.state.key
        found = []
        for arrow in self.arrows:
            if arrow.kind == "main" or (arrow.kind == "end" and arrow.source != key):
                continue
            on_right = arrow.kind == "end" or box.column == "side"
            if on_right == (side == "right"):
                found += [(arrow, True)] * (arrow.source == key) + [(arrow, False)] * (arrow.target == key)
        return sorted(found, key=lambda slot: self._other_row(slot[0], slot[1]))

    def _other_row(self, arrow: Arrow, leaves: bool) -> tuple[int, int]:  # noqa: FBT001 - read from a pair.
        order = [key for key, _ in self.rows]
        other = arrow.target if leaves else arrow.source
        return (1, 0) if arrow.kind == "end" else (0, order.index(other))

    def _slot_height(self, box: Box, arrow: Arrow, leaves: bool) -> float:  # noqa: FBT001 - read from a pair.
        return arrow.label_height if self._is_labelled(box, arrow, leaves) else LINE

    def _is_labelled(self, box: Box, arrow: Arrow, leaves: bool) -> bool:  # noqa: FBT001 - read from a pair.
        """Words stand at the middle column's end of a line; between two boxes of one column, where it leaves."""
        other = self.boxes[arrow.target if leaves else arrow.source]
        if arrow.kind == "end" or box.column == other.column:
            return leaves
        return box.column == "middle"

    def _height(self, box: Box) -> float:
        rows = (*box.holder, *box.limits, *box.steps)
        written = 16 + len(box.title) * (LINE + 2) + len(rows) * LINE
        sides = ([self._slot_height(box, *slot) for slot in self._slots(box, side)] for side in self._sides)
        return max(written, *(sum(heights) + 8 for heights in sides))

    @property
    def _sides(self) -> tuple[Literal["left", "right"], ...]:
        return "left", "right"

    def _place_slots(self, box: Box) -> None:
        for side in self._sides:
            slots = self._slots(box, side)
            spare = box.height - sum(self._slot_height(box, *slot) for slot in slots)
            y = box.y + max(4, spare / (len(slots) + 1))
            for arrow, leaves in slots:
                height = self._slot_height(box, arrow, leaves)
                labelled = self._is_labelled(box, arrow, leaves)
                line = y + (len(arrow.action) * LINE + 5 if labelled else height / 2)
                if labelled:
                    arrow.label_y = line
                if leaves:
                    arrow.start_y = line
                else:
                    arrow.end_y = line
                y += height + (spare - 8) / (len(slots) + 1)

    def _choose_tracks(self) -> int:
        """Gives each side arrow a track of its own for its stretch; short stretches lie nearest to the middle."""
        taken: list[list[tuple[float, float]]] = []
        side = [index for index, arrow in enumerate(self.arrows) if arrow.kind == "side"]
        for index in sorted(side, key=lambda i: abs(self.arrows[i].start_y - self.arrows[i].end_y)):
            arrow = self.arrows[index]
            low, high = sorted((arrow.start_y, arrow.end_y))
            free = (t for t, used in enumerate(taken) if all(high + 4 < a or b + 4 < low for a, b in used))
            track = next(free, len(taken))
            if track == len(taken):
                taken.append([])
            taken[track].append((low, high))
            self._tracks[index] = track
        return len(taken)

    def _place_ends(self, x: float) -> None:
        """The end whose last line comes latest lies nearest, so that no line crosses an end's box."""
        taps = {key: [a.start_y for a in self.arrows if a.target == key] or [float(TOP)] for key in self.ends}
        columns: list[list[str]] = []
        for key in sorted(self.ends, key=lambda key: -max(taps[key])):
            box = self.boxes[key]
            box.height = 16 + len(box.title) * (LINE + 2)
            sources = (self.boxes[arrow.source].bottom for arrow in self.arrows if arrow.target == key)
            box.y = max(sources, default=TOP) + 22
            free = (index for index in range(len(columns)) if self._fits(key, index, columns, taps))
            column = next(free, len(columns))
            if column == len(columns):
                columns.append([])
            columns[column].append(key)
            box.x = x + column * (END_WIDTH + 14)

    def _fits(self, key: str, column: int, columns: list[list[str]], taps: dict[str, list[float]]) -> bool:
        """Whether an end can share a column: its stretch is free there, and no line has to cross a box."""
        box = self.boxes[key]
        stretches = ((min(taps[other]), self.boxes[other].bottom) for other in columns[column])
        if any(min(taps[key]) <= high and low <= box.bottom for low, high in stretches):
            return False
        nearer = [self.boxes[other] for others in columns[:column] for other in others]
        farther = [y for others in columns[column + 1 :] for other in others for y in taps[other]]
        crosses = any(other.y <= y <= other.bottom for other in nearer for y in taps[key])
        return not crosses and not any(box.y <= y <= box.bottom for y in farther)

    @cached_property
    def end_lines(self) -> dict[str, tuple[float, float, float]]:
        """The upright line of each early end: its x, where it begins and where its arrow meets the box."""
        found = {}
        for key in self.ends:
            starts = [arrow.start_y for arrow in self.arrows if arrow.target == key]
            if starts:
                found[key] = (self.boxes[key].middle, min(starts), self.boxes[key].y)
        return found

    def _draw_lines(self, middle: float, used: int) -> None:
        for index, arrow in enumerate(self.arrows):
            source, target = self.boxes[arrow.source], self.boxes[arrow.target]
            if arrow.kind == "main":
                arrow.points = [(source.middle, source.bottom), (target.middle, target.y)]
                arrow.label_x, arrow.label_y = source.middle + 10, source.bottom + 10 + len(arrow.action) * LINE
            elif arrow.kind == "end":
                arrow.points = [(source.right, arrow.start_y), (target.middle, arrow.start_y)]
                arrow.label_x = middle + MIDDLE_WIDTH + 10
            else:
                x = self._track_left + (used - 1 - self._tracks[index]) * TRACK + TRACK / 2
                start = source.x if source.column == "middle" else source.right
                end = target.x if target.column == "middle" else target.right
                arrow.points = [(start, arrow.start_y), (x, arrow.start_y), (x, arrow.end_y), (end, arrow.end_y)]
                arrow.label_x = middle - LABEL + 2
