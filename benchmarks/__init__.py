"""How fast it is, beside what it could be at best and beside its peers: ``python -m benchmarks``."""
