"""How things are said to people: sentences in Vietnamese and English; money, dates and instants as offices write."""
