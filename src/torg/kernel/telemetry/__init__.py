"""Telemetry: what happens inside, told to people, dashboards and traces.

`configure` is called once by each process before anything else; until then logs are quiet but for warnings, numbers
stay in the process and nothing is traced.
"""

import atexit
from typing import Literal

from torg.kernel.telemetry.logs import bound_contextvars, configure_logs, logger
from torg.kernel.telemetry.metrics import metrics, share_metrics
from torg.kernel.telemetry.tracing import TRACE, configure_tracing, span, stop_tracing
from torg.settings import Settings

__all__ = ["TRACE", "bound_contextvars", "configure", "logger", "metrics", "span"]


def configure(settings: Settings, service: Literal["server", "worker", "command"]) -> None:
    """Set up this process's logs, metrics and traces as the settings say."""
    configure_logs(json=settings.log_format == "json", level=settings.log_level.upper())
    if service != "command":
        share_metrics(settings.data / "metrics")
    if settings.otlp_endpoint:
        configure_tracing(settings.otlp_endpoint, service)
        atexit.register(stop_tracing)
