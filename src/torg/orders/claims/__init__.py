"""Claims: what customers complain of after their goods came, or did not, and what was done about it."""
