"""What an installation may choose, from environment variables ``KHUYENCONG_*``: nothing else is read anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from shapes.errors import PREFIX, BadSetting

_PORTS = range(1, 65_536)
#: Up to a month.
_HOURS = range(1, 745)
_SINGLE_SIGN_ON = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET_FILE", "OIDC_LABEL")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices of one installation."""

    #: ``sqlite:///file`` or ``postgresql+psycopg://...``.
    database_url: str = "sqlite:///khuyencong.db"
    #: Where papers lie, each by the hash of its content; None: beside the database (``khuyencong.documents``).
    documents_dir: Path | None = None
    #: The key of identity hashes; None: beside the database (``khuyencong.identity-key``).
    identity_key_file: Path | None = None
    #: The key that signs checkpoints; None: beside the key of identity hashes (``khuyencong.log-key``).
    log_key_file: Path | None = None
    #: A folder on another machine, mounted here, to which every checkpoint is copied; None: to none.
    checkpoint_dir: Path | None = None
    #: Auditors who get the newest checkpoint by mail, at most once an hour; empty: nobody does.
    checkpoint_mail: tuple[str, ...] = ()
    #: Where mail is written as ``.eml`` files while no mail server is named; None: beside the database.
    mail_dir: Path | None = None
    #: Empty: mail goes to files.
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    mail_from: str = "khuyencong@localhost"
    #: Networks whose machines may ask the web application for the figures of operation (``/metrics``).
    metrics_from: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    #: Where the web application answers; notices link to cases below it.
    base_url: str = "http://127.0.0.1:8000"
    #: Addresses and domains (``@example.vn``) that mail may go to; empty: all.
    allowed_recipients: tuple[str, ...] = ()
    #: Where mail that came back is laid by the mail server (a Maildir, or a folder of files); None: nobody looks.
    bounces_dir: Path | None = None
    #: Hosts that webhooks may go to, whatever network they are in; empty: all of the public internet.
    webhook_hosts: tuple[str, ...] = ()
    #: An official letter that no mail server has taken for so many hours is told by ``doctor``, and by the status.
    letter_hours: int = 24
    #: The address of the provider of single sign-on (OpenID Connect), as it names itself; empty: passwords only.
    oidc_issuer: str = ""
    #: What the provider calls this installation.
    oidc_client_id: str = ""
    #: A file, readable by its owner only, with the secret that the provider gave this installation.
    oidc_client_secret_file: Path | None = None
    #: The words on the button of the sign-in page.
    oidc_label: str = ""
    #: Of sentences: ``vi`` or ``en``.
    language: str = "vi"
    #: Lines about what was done, on standard error: ``json``, ``text`` or ``off``; empty: ``json`` for the scheduler,
    #: ``off`` for other commands.
    log: str = ""


_USUAL = Settings()
_KNOWN = tuple(field.name.upper() for field in fields(Settings))
#: Read elsewhere: the token of who calls, and what the tests and their machines choose.
_ELSEWHERE = ("TOKEN", "CI")
_OF_TESTS = "TEST_"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment names. Raises BadSetting for the first that cannot be meant."""
    given = {name.removeprefix(PREFIX): value.strip() for name, value in environment.items() if name.startswith(PREFIX)}
    _refuse_strangers(given)
    host = given.get("SMTP_HOST", "")
    _all_or_none(given)
    return Settings(
        database_url=given.get("DATABASE_URL") or _USUAL.database_url,
        documents_dir=_folder(given.get("DOCUMENTS_DIR", "")),
        identity_key_file=_folder(given.get("IDENTITY_KEY_FILE", "")),
        log_key_file=_folder(given.get("LOG_KEY_FILE", "")),
        checkpoint_dir=_folder(given.get("CHECKPOINT_DIR", "")),
        checkpoint_mail=tuple(_auditors(given.get("CHECKPOINT_MAIL", ""))),
        mail_dir=_folder(given.get("MAIL_DIR", "")),
        smtp_host=host,
        smtp_port=_port(given.get("SMTP_PORT", "")),
        smtp_user=given.get("SMTP_USER", ""),
        smtp_password=given.get("SMTP_PASSWORD", ""),
        smtp_starttls=_flag("SMTP_STARTTLS", given.get("SMTP_STARTTLS", "")),
        mail_from=_address(given.get("MAIL_FROM") or _USUAL.mail_from),
        metrics_from=tuple(_networks(given.get("METRICS_FROM", ""))) or _USUAL.metrics_from,
        base_url=_web(given.get("BASE_URL") or _USUAL.base_url),
        allowed_recipients=tuple(_recipients(given.get("ALLOWED_RECIPIENTS", ""))),
        bounces_dir=_folder(given.get("BOUNCES_DIR", "")),
        webhook_hosts=tuple(_hosts(given.get("WEBHOOK_HOSTS", ""))),
        letter_hours=_hours(given.get("LETTER_HOURS", "")),
        oidc_issuer=_issuer(given.get("OIDC_ISSUER", "")),
        oidc_client_id=given.get("OIDC_CLIENT_ID", ""),
        oidc_client_secret_file=_folder(given.get("OIDC_CLIENT_SECRET_FILE", "")),
        oidc_label=given.get("OIDC_LABEL", ""),
        language=_language(given.get("LANGUAGE") or _USUAL.language),
        log=_log(given.get("LOG", "")),
    )


def _refuse_strangers(given: Mapping[str, str]) -> None:
    """A misspelt setting would silently be the usual one. Its value is not shown: it may be a password."""
    for name in sorted(given.keys() - {*_KNOWN, *_ELSEWHERE}):
        if not name.startswith(_OF_TESTS):
            near = get_close_matches(name, _KNOWN, n=1)
            code = "setting.unknown" if near else "setting.unknown_alone"
            raise BadSetting(name, "", code, known=", ".join(_KNOWN), nearest=PREFIX + near[0] if near else "")


def _folder(value: str) -> Path | None:
    return Path(value) if value else None


def _port(value: str) -> int:
    if not value:
        return _USUAL.smtp_port
    if not value.isascii() or not value.isdigit() or int(value) not in _PORTS:
        raise BadSetting("SMTP_PORT", value, "setting.port")
    return int(value)


def _hours(value: str) -> int:
    if not value:
        return _USUAL.letter_hours
    if not value.isascii() or not value.isdigit() or int(value) not in _HOURS:
        raise BadSetting("LETTER_HOURS", value, "setting.hours")
    return int(value)


def _flag(name: str, value: str) -> bool:
    if value.lower() not in _FLAGS:
        raise BadSetting(name, value, "setting.flag")
    return _FLAGS[value.lower()]


def _address(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain or not value.isascii() or any(char.isspace() for char in value):
        raise BadSetting("MAIL_FROM", value, "setting.address")
    return value


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadSetting("BASE_URL", value, "setting.web")
    return value.rstrip("/")


def _networks(value: str) -> Iterator[IPv4Network | IPv6Network]:
    for word in filter(None, (word.strip() for word in value.split(","))):
        try:
            yield ip_network(word)
        except ValueError as error:
            raise BadSetting("METRICS_FROM", word, "setting.networks") from error


def _all_or_none(given: Mapping[str, str]) -> None:
    """Half of a single sign-on would be none, without a word."""
    missing = [name for name in _SINGLE_SIGN_ON if not given.get(name)]
    if missing and len(missing) < len(_SINGLE_SIGN_ON):
        raise BadSetting(missing[0], "", "setting.oidc_missing", missing=", ".join(PREFIX + name for name in missing))


def _issuer(value: str) -> str:
    """An address without question mark or fragment (OpenID Connect Discovery 1.0, 3); http is for this very machine."""
    try:
        parts = urlsplit(value)
        here = parts.hostname in _LOOPBACK and parts.port != 0
    except ValueError:
        raise BadSetting("OIDC_ISSUER", value, "setting.oidc_issuer") from None
    whole = bool(parts.hostname) and not parts.query and not parts.fragment and not parts.username
    if value and not (whole and (parts.scheme == "https" or (parts.scheme == "http" and here))):
        raise BadSetting("OIDC_ISSUER", value, "setting.oidc_issuer")
    return value


def _recipients(value: str) -> Iterator[str]:
    for word in filter(None, (word.strip().lower() for word in value.split(","))):
        if "@" not in word or word.endswith("@") or any(char.isspace() for char in word):
            raise BadSetting("ALLOWED_RECIPIENTS", word, "setting.recipients")
        yield word


def _auditors(value: str) -> Iterator[str]:
    for word in filter(None, (word.strip() for word in value.split(","))):
        local, at, domain = word.rpartition("@")
        if not at or not local or not domain or not word.isascii() or any(char.isspace() for char in word):
            raise BadSetting("CHECKPOINT_MAIL", word, "setting.address")
        yield word


def _hosts(value: str) -> Iterator[str]:
    for word in filter(None, (word.strip().lower() for word in value.split(","))):
        if any(char in "/:@" or char.isspace() for char in word):
            raise BadSetting("WEBHOOK_HOSTS", word, "setting.hosts")
        yield word


def _language(value: str) -> str:
    if value not in ("vi", "en"):
        raise BadSetting("LANGUAGE", value, "setting.language")
    return value


def _log(value: str) -> str:
    if value not in ("", "json", "text", "off"):
        raise BadSetting("LOG", value, "setting.log")
    return value
