"""Why a database did not do what was asked, in the words of the catalogues, with what its server said."""

import re

from language.catalogue import sentence

#: What drivers and servers say somewhere in their words, and the sentence that stands for it; the first that fits.
_CAUSES = (
    (r"password authentication failed|no password supplied", "cause.password"),
    (r"connection refused|server closed the connection|is the server running", "cause.refused"),
    (r"could not translate host name|failed to resolve host|name or service not known", "cause.host"),
    (r"timeout|timed out", "cause.timeout"),
    (r"database \S+ does not exist", "cause.no_database"),
    (r"role \S+ does not exist", "cause.no_role"),
    (r"unable to open database file|no such file or directory", "cause.no_file"),
    (r"file is not a database|file is encrypted", "cause.not_a_database"),
    (r"malformed|disk image", "cause.damaged"),
    (r"no space left|disk is full|database or disk is full|could not extend file", "cause.full"),
    (r"readonly database|read-only", "cause.read_only"),
    (r"permission denied|insufficient privilege", "cause.permission"),
    (r"locked|deadlock|lock not available|could not serialize", "cause.locked"),
    (r"too many (?:connections|clients)", "cause.crowded"),
    (r"starting up|shutting down|terminating connection", "cause.restarting"),
    (r"history|may not be changed|append-only", "cause.history"),
    (r"a statement had failed before", "cause.rolled_back"),
    (r"is from the future|no such column|no such table|does not exist", "cause.tables"),
)
_PATTERNS = tuple((re.compile(words, re.IGNORECASE), code) for words, code in _CAUSES)


def cause_words(why: str, lang: str) -> str:
    """The cause in words, and in parentheses what was said; only that where the catalogues have no words for it."""
    said = " ".join(why.split()).rstrip(".")
    for pattern, code in _PATTERNS:
        if pattern.search(said):
            return f"{sentence(code, {}, lang)} ({said})"
    return said if lang == "en" else sentence("cause.other", {"said": said}, lang)
