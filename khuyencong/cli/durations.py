"""How long something is, as people say it: the two largest units of days, hours, minutes and seconds."""

from khuyencong.cli.printing import Printer

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SAID = 2


def duration(say: Printer, seconds: int) -> str:
    """``3 ngày 23 giờ``; what is shorter than a second is ``0 giây``."""
    parts: list[str] = []
    for name, length in _UNITS:
        number, seconds = divmod(max(seconds, 0), length)
        if number or parts:
            parts.append(say.word(f"duration.{name}", n=number) if number else "")
    said = [part for part in parts[:_SAID] if part]
    return " ".join(said) or say.word("duration.second", n=0)
