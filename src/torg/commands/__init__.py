"""The commands of `./torg`, one a file; each is thin and calls a front door."""
