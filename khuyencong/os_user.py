"""Who typed the command, as the operating system knows it: beside the account, for whoever asks later."""

import os
import pwd


def os_user() -> str:
    """The name of the account of the machine by its number, which no environment variable can change."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
