"""What every answer looks like, to people and to programs: one shape of each, refusals as sentences."""
