"""The provider that the settings name, with the secret of its file."""

import time
from collections.abc import Callable
from pathlib import Path

from khuyencong.openid.provider import OpenIdProvider
from khuyencong.wiring import Installation, key_file
from shapes.errors import BadSetting
from web.single_sign_on import BACK


def single_sign_on_of(home: Installation, *, clock: Callable[[], float] = time.time) -> OpenIdProvider | None:
    """The provider, or None where none is named. Raises BadSetting where it cannot be used; it is not asked yet."""
    settings = home.settings
    if not settings.oidc_issuer or settings.oidc_client_secret_file is None:
        return None
    if not settings.oidc_issuer.startswith("https://") and home.sandbox is None:
        raise BadSetting("OIDC_ISSUER", settings.oidc_issuer, "setting.oidc_https")
    return OpenIdProvider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=_secret(settings.oidc_client_secret_file),
        label=settings.oidc_label,
        redirect_uri=f"{settings.base_url}{BACK}",
        key=key_file(settings),
        clock=clock,
    )


def _secret(file: Path) -> str:
    """The secret that the provider gave this installation; of its owner alone, as the keys are."""
    try:
        readable_by_others, secret = file.stat().st_mode & 0o077, file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadSetting("OIDC_CLIENT_SECRET_FILE", str(file), "setting.oidc_secret_unreadable", why=why) from error
    if readable_by_others:
        raise BadSetting("OIDC_CLIENT_SECRET_FILE", str(file), "setting.oidc_secret_open")
    if not secret:
        raise BadSetting("OIDC_CLIENT_SECRET_FILE", str(file), "setting.oidc_secret_empty")
    return secret
