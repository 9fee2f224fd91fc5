"""Second factors by RFC 6238, with secrets made from the key beside the database: a stolen database holds none."""

from base64 import b32encode
from datetime import datetime
from pathlib import Path

from pyotp import TOTP
from pyotp.exceptions import OTPVerificationError

from khuyencong.identity_key import keyed
from workflow.second_factor import RECOVERY_CODES

#: RFC 4226, section 4: 160 bits are recommended.
_SECRET = 20
#: Of a code for a lost telephone: 50 bits, in two groups of five letters and digits.
_RECOVERY, _GROUP = 10, 5
#: One step to either side, for clocks that differ and people who type slowly (RFC 6238, section 6).
_DRIFT = 1


class KeyedSecondFactors:
    """Satisfies ``workflow.second_factor.SecondFactors``. Every call raises IdentityKeyUnusable without its key."""

    def __init__(self, key: Path) -> None:
        self._key = key

    def secret(self, factor: str) -> str:
        """The secret that an authenticator keeps, in base32."""
        return b32encode(keyed(self._key, f"second-factor/{factor}")[:_SECRET]).decode()

    def step(self, factor: str, code: str, at: datetime) -> int | None:
        """The half minute whose code this is, if it is one near ``at``."""
        typed = "".join(code.split())
        try:
            return TOTP(self.secret(factor)).verify_and_get_timecode(typed, for_time=at, valid_window=_DRIFT)
        except OTPVerificationError:
            return None

    def recovery_codes(self, factor: str) -> tuple[str, ...]:
        """The codes for a lost telephone."""
        made = (keyed(self._key, f"recovery/{factor}/{number}") for number in range(RECOVERY_CODES))
        plain = (b32encode(one).decode().lower()[:_RECOVERY] for one in made)
        return tuple(f"{code[:_GROUP]}-{code[_GROUP:]}" for code in plain)

    def address(self, factor: str, username: str, issuer: str) -> str:
        """What an authenticator reads from a picture: ``otpauth://totp/...``."""
        return TOTP(self.secret(factor)).provisioning_uri(name=username, issuer_name=issuer)
