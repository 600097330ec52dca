"""Telemetry: what happens inside, told to people, dashboards and traces."""

from torg.kernel.telemetry.logs import logger

__all__ = ["logger"]
