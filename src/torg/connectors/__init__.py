"""Connectors: a folder per outside program, each filling a port of a context below."""
