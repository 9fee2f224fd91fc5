"""Schedulers in a storm: processes are killed, the database restarts, mail misbehaves, the clock jumps; all is counted.

``worker`` is a scheduler process as in production, ``mail`` a mail server that remembers, ``clock`` the time that all
of them share; ``storm`` makes the weather and ``counting`` counts. ``python -m tests.chaos`` prints the figures.
"""
