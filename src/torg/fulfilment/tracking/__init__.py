"""Tracking: what carriers and staff see of parcels, and how far that brings them."""
