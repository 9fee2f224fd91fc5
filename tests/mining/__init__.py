"""pm4py in an environment of its own: it reads what was exported. The product never imports it (AGPL)."""
