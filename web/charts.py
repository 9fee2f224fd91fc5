"""Bar charts as SVG: every bar is a link to its rows, is told apart without colour, and scales with the page.

Colours and patterns are those of ``overview.css`` by class, so a chart follows the theme and prints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup, escape

_WIDTH, _LABEL, _BAR, _GAP, _ROOM = 360, 16, 15, 7, 96
#: So many letters of a label fit into a line of it.
_LETTERS = 52
_TOP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A figure: how long it is drawn, how it is written, how it looks (a class), and the page that has its rows."""

    value: int
    text: str
    look: str
    url: str = ""
    #: What the link is called for whoever has the page read aloud.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What bars are of."""

    label: str
    bars: tuple[Bar, ...]


def bar_chart(key: str, lines: Sequence[Line], *, title: str, about: str) -> Markup:
    """A chart of lines of bars. ``key`` tells its parts from those of other charts of the page."""
    longest = max((bar.value for line in lines for bar in line.bars), default=0) or 1
    drawn, y = [], float(_TOP)
    for line in lines:
        for words in wrap(line.label, _LETTERS):
            drawn.append(_text("kc-chart-label", 0, y + 11, words))
            y += _LABEL
        for bar in line.bars:
            drawn.append(_bar(bar, y, longest, key))
            y += _BAR
        y += _GAP
    return Markup(
        '<svg class="kc-chart" role="group" viewBox="0 0 {width} {height}" aria-labelledby="{key}-t {key}-d">'
        '<title id="{key}-t">{title}</title><desc id="{key}-d">{about}</desc><defs>{pattern}</defs>{body}</svg>'
    ).format(
        width=_WIDTH,
        height=round(max(y, 20)),
        key=key,
        title=title,
        about=about,
        pattern=_pattern(key),
        body=Markup("").join(drawn),
    )


def _pattern(key: str) -> Markup:
    """Stripes for what must be told apart where there is no colour."""
    return Markup(
        '<pattern id="{key}-s" class="kc-stripes" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6"/><path d="M0 0V6"/></pattern>'
    ).format(key=key)


def _bar(bar: Bar, y: float, longest: int, key: str) -> Markup:
    length = round(bar.value / longest * (_WIDTH - _ROOM), 1)
    # What is not nothing can be seen.
    length = max(length, 2.0) if bar.value else 0.0
    fill = Markup(' fill="url(#{}-s)"').format(key) if bar.look == "late" else Markup("")
    shape = Markup(
        '<rect class="kc-bar kc-bar-{look}" x="0" y="{y}" width="{width}" height="11" rx="1.5"{fill}/>'
    ).format(look=bar.look, y=y, width=length, fill=fill)
    figure = shape + _text("kc-chart-figure", length + 5, y + 9.5, bar.text)
    if not bar.url:
        return figure
    return Markup('<a href="{url}" aria-label="{name}">{figure}</a>').format(
        url=bar.url, name=bar.name or bar.text, figure=figure
    )


def _text(look: str, x: float, y: float, words: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(look, x, y, escape(words))
