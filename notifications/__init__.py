"""How they are told: renders, fires and delivers what a move planned."""
