"""Pick-ups that wait for their customers: how long, who is reminded, and what becomes of those that nobody collects."""
