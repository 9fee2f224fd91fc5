"""How people see it: pages and ``/api/v1``. Nothing is decided here."""
