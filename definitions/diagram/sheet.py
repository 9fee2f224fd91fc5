"""What stands on the sheet of a process picture: boxes, arrows and lanes. Lengths are pixels, y grows downwards."""

from dataclasses import dataclass, field
from typing import Literal

from definitions.process import Milestone, State, Transition

#: Letters of titles and of everything else, and the height of a line.
BIG, NORMAL, LINE = 14, 12, 16


@dataclass(slots=True, kw_only=True)
class Box:
    """A state on the sheet, with what is written in it."""

    state: State
    column: Literal["middle", "side", "end"]
    title: tuple[str, ...]
    holder: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of the upright line through the middle."""
        return self.x + self.width / 2


@dataclass(slots=True, kw_only=True)
class Arrow:
    """A move from one of its sources, as a line through points, and where its words stand."""

    move: Transition
    source: str
    target: str
    kind: Literal["main", "side", "end"]
    action: tuple[str, ...]
    owner: tuple[str, ...]
    points: list[tuple[float, float]] = field(default_factory=list)
    #: Where the words stand: left end of the line they belong to.
    label_x: float = 0
    label_y: float = 0
    start_y: float = 0
    end_y: float = 0

    @property
    def label_height(self) -> float:
        """How much upright room the words need: the action above the line, the owner below."""
        return (len(self.action) + len(self.owner)) * LINE + 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The band of a milestone."""

    milestone: Milestone
    label: str
    y: float
    height: float
