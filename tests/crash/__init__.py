"""Kills the product at every statement and file operation of every use case, and holds what is left against a model.

``points`` counts inside the process that dies; ``forker`` starts such processes; ``grounds`` keeps the installation
they work on; ``cases`` lists the use cases; ``trial`` kills and judges; ``faults`` breaks lines and servers.
``make chaos`` (``python -m tests.crash``) tries every point, ``tests/test_crash_points.py`` a spread of them.
"""
