"""The tables of returns, policies and numbers: SQL in, model out."""
