"""Past orders as routing asks about them, whoever took them."""
