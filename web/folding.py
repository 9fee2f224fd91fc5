"""What every drawing of a template has alike, put into its text when it is read: words, icons, addresses of files."""

import re
from typing import Any

from jinja2.ext import Extension
from markupsafe import escape
from typing_extensions import override

#: ``{{ t("web.cases") }}``, ``{{ icon("clock") }}``, ``{{ asset("kc.css") }}``: a call with one text and nothing else.
_CONSTANT = re.compile(r'\{\{ (t|icon|asset)\("([^"]+)"\) \}\}')
#: What a text may not hold to stand in a template.
_TELLING = ("{{", "{%", "{#", "\n")


class Folded(Extension):
    """Calls with one constant text are answered once, escaped as they would be at each drawing."""

    @override
    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _CONSTANT.sub(self._answer, source)

    def _answer(self, found: "re.Match[str]") -> str:
        function: Any = self.environment.globals[found[1]]
        text = str(escape(function(found[2])))
        return found[0] if any(sign in text for sign in _TELLING) else text
