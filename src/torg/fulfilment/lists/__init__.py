"""Lists for the people who gather and pack: what to fetch for many orders at once, and the sheet of one."""
