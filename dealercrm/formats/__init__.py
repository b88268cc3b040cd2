"""How dates are written here: the month as a word, so that no reader takes a day for a month."""
