"""Where everything is kept: tables, transactions, read models, the append-only log and the papers."""
