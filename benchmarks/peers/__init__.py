"""Peers, each used as its own documents recommend; they run in an environment of their own (requirements.txt here).

Every one does the same: load a case by its number, check whose turn it is, its state and its version, move it on, write
a row of history, of the outbox and of a deadline, and commit durably.
"""
