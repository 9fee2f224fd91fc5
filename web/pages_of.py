"""Templates, compiled once; strict about names, and escaping whatever people typed."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from language import formats
from language.catalogue import LANGUAGES, sentence
from shapes.badges import Badge
from shapes.shown import shown
from web.assets import Assets
from web.folding import Folded

#: Of each kind of badge (``shapes.badges``).
_BADGE_ICONS: Final = {
    "left": "clock",
    "soon": "exclamation-triangle",
    "today": "exclamation-triangle-fill",
    "late": "exclamation-diamond-fill",
    "paused": "pause-circle-fill",
    "over": "check2",
    "none": "dash-lg",
}


#: What is put into these is escaped.
_BADGE: Final = Markup('<span class="kc-badge kc-badge-{}">{} {}</span>')
_OPTION: Final = Markup('<option value="{}"{}>{}</option>')
_SELECTED: Final = Markup(" selected")


class Pages:
    """The templates of ``web/templates``."""

    def __init__(self, assets: Assets) -> None:
        self._templates = {lang: _compiled(lang, assets) for lang in LANGUAGES}

    def render(self, name: str, lang: str, values: Mapping[str, Any]) -> str:
        """A page in a language."""
        return self._templates[lang][name].render(values)


def _compiled(lang: str, assets: Assets) -> Mapping[str, Template]:
    """Every template with the words of a language in it."""
    made = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Folded],
    )
    made.globals |= {"t": partial(_word, lang), "lang": lang, "icon": assets.icons, "asset": assets.url}
    made.globals |= {"shown": shown, "badge": lru_cache(maxsize=1024)(partial(_badge, assets)), "options": _options}
    made.filters |= {
        "day": _day,
        "money": formats.money,
        "short": formats.money_short,
        "number": formats.number,
        "instant": _instant,
        "period": formats.period,
    }
    return {name: made.get_template(name) for name in made.list_templates()}


def _badge(assets: Assets, one: Badge) -> Markup:
    """A badge: an icon and words, and a colour besides."""
    return _BADGE.format(one.kind, assets.icons(_BADGE_ICONS[one.kind]), one.words)


@lru_cache(maxsize=1024)
def _options(values: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """What a list of choices offers, the chosen one marked."""
    return Markup("").join(
        _OPTION.format(value, _SELECTED if value == chosen else "", words) for value, words in values
    )


def _word(lang: str, code: str, /, **params: object) -> str:
    return sentence(code, params, lang) if params else _plain(lang, code)


@lru_cache(maxsize=8192)
def _plain(lang: str, code: str) -> str:
    """A sentence without values, which is the same every time."""
    return sentence(code, {}, lang)


@lru_cache(maxsize=4096)
def _day(value: date | str | None) -> str:
    return formats.day(value) if value else ""


def _instant(value: datetime | str | None) -> str:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return formats.instant(found) if found else ""
