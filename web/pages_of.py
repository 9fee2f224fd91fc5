"""Templates, compiled once; strict about names, and escaping whatever people typed."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from language import formats
from language.catalogue import sentence
from shapes.shown import shown
from web.assets import Assets


class Pages:
    """The templates of ``web/templates``."""

    def __init__(self, assets: Assets) -> None:
        made = Environment(
            loader=PackageLoader("web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals |= {"icon": assets.icons, "asset": assets.url, "shown": shown}
        made.filters |= {
            "day": _day,
            "money": formats.money,
            "short": formats.money_short,
            "number": formats.number,
            "instant": _instant,
            "period": formats.period,
        }
        self._templates = {name: made.get_template(name) for name in made.list_templates()}

    def render(self, name: str, lang: str, values: Mapping[str, Any]) -> str:
        """A page in a language."""
        return self._templates[name].render(values, t=partial(_word, lang), lang=lang)


def _word(lang: str, code: str, /, **params: object) -> str:
    return sentence(code, params, lang)


def _day(value: str | None) -> str:
    return formats.day(value) if value else ""


def _instant(value: datetime | str | None) -> str:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return formats.instant(found) if found else ""
