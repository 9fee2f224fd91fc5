"""A case to take away: everything that proves it, a page to read, and a verifier that trusts nobody."""
