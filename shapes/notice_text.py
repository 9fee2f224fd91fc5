"""What the recipient of a notice reads: from the mail as it was sent, else rendered as it would be."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from json import dumps

from notifications.rendering import TemplateSet
from store.lists import NoticeLine

_WEBHOOK = "webhook"


def text_of(found: NoticeLine, sent: bytes | None, templates: Callable[[str], TemplateSet]) -> tuple[str, str, str]:
    """Subject, text and HTML. A webhook reads no words, but the values themselves."""
    if found.channel == _WEBHOOK:
        return found.notice, sent.decode() if sent else dumps(dict(found.variables), ensure_ascii=False, indent=2), ""
    if sent is None:
        rendered = templates(found.templates_sha256).render(found.notice, found.variables)
        return rendered.subject, rendered.text, rendered.html
    mail = message_from_bytes(sent, policy=default)
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    return str(mail["Subject"]), plain.get_content() if plain else "", rich.get_content() if rich else ""
