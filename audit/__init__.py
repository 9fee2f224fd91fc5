"""What history proves: the sealed log with its proofs and checkpoints, and what auditors ask of it."""
