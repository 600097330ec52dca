"""Gift wrapping: an article of its own around the goods of a line."""
