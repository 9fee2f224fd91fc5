"""Whether something happens and what follows from it: pure decisions, and the use cases that carry them out."""
