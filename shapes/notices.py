"""Notices as programs read them: where each stands, and the exact text that was sent or will be."""

from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from msgspec import structs

from notifications.rendering import TemplateSet
from shapes.notice_text import text_of
from store.lists import NoticeLine

STATES = ("scheduled", "sending", "accepted", "bounced", "failed", "cancelled", "to_print")


def notice_of(one: NoticeLine) -> dict[str, Any]:
    """The row of ``notice list``."""
    return {
        **asdict(one),
        "to": structs.asdict(one.to),
        "variables": dict(one.variables),
        "delivered_to": delivered_to(one),
        "last_error": error_of(one),
        "send_after": one.send_after.isoformat(),
        "next_attempt_at": one.next_attempt_at.isoformat(),
    }


def delivered_to(one: NoticeLine) -> str:
    """In the words of whoever took it over; a file by its name alone, wherever it was kept."""
    if one.state != "accepted":
        return ""
    return PurePath(one.last_error).name if one.last_error.endswith(".eml") else one.last_error


def error_of(one: NoticeLine) -> str:
    """Why the last attempt failed; empty where none did."""
    return "" if one.state == "accepted" else one.last_error


def told_of(one: NoticeLine, sent: bytes | None, templates: Callable[[str], TemplateSet]) -> dict[str, Any]:
    """The document of ``notice show``: with the bytes that were ``sent``, or what they will say."""
    subject, text, html = text_of(one, sent, templates)
    document = {**notice_of(one), "sent": sent is not None, "subject": subject, "text": text, "html": html}
    document["mail"] = sent.decode("utf-8", "replace") if sent else None
    document["sha256"] = sha256(sent).hexdigest() if sent else None
    return document
