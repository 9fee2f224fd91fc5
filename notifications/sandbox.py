"""The sandbox that templates run in, with short ways for what they do most: macros, imports and methods of strings."""

from types import BuiltinMethodType
from typing import Any, Final

from jinja2 import Template
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Methods of a plain string that templates use; none of them gives a way out (``format`` does, so it is not here).
_OF_TEXT: Final = frozenset({"splitlines", "split", "strip", "upper", "lower", "startswith", "endswith", "replace"})
#: What is called without being looked at: what a template itself wrote, and methods in C, which take no context.
_CALLED_AS_THEY_ARE: Final = (Macro, BuiltinMethodType)


class Sandbox(ImmutableSandboxedEnvironment):
    """Gives what ``ImmutableSandboxedEnvironment`` gives, which asks a dozen questions at each call and import."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._found: dict[str, Template] = {}

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Template:  # noqa: A002 - Jinja's name.
        """The template of a name, compiled once. Raises what Jinja raises."""
        found = self._found.get(name) if globals is None else None
        if found is None:
            found = super().get_template(name, parent, globals)
            if globals is None and isinstance(name, str):
                self._found[name] = found
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The attribute, or the item, if it is safe."""
        if type(obj) is str and attribute in _OF_TEXT:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **named: Any) -> Any:
        """Calls it, if it is safe."""
        if type(obj) not in _CALLED_AS_THEY_ARE:
            return super().call(context, obj, *args, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return obj(context.eval_ctx, *args, **named) if type(obj) is Macro else obj(*args, **named)
