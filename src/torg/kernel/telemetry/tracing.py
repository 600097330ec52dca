"""Traces: one thread from a request through its transaction and the feed to the jobs and webhooks that follow.

Switched on by an OTLP endpoint; without one nothing of OpenTelemetry is even imported and `span` does nothing. What
travels is the W3C text `00-trace-span-flags`: in the outbox row, the feed, a job's arguments, a delivery.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bound_contextvars

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

TRACE: ContextVar[str | None] = ContextVar("trace", default=None)
"""The trace of whatever is going on in this task; what is recorded or sent now belongs to it."""

MOST_LINKS = 32

_tracer: "Tracer | None" = None
_provider: "TracerProvider | None" = None


def configure_tracing(endpoint: str, service: str) -> None:
    """Send the spans of this process to a collector (`http://collector:4318`)."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    url = endpoint if endpoint.rstrip("/").endswith("/v1/traces") else f"{endpoint.rstrip('/')}/v1/traces"
    trace_with(BatchSpanProcessor(OTLPSpanExporter(url)), service)


def trace_with(processor: Any, service: str) -> None:
    """Hand the spans of this process to a span processor of OpenTelemetry's."""
    global _tracer, _provider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    _provider = TracerProvider(resource=Resource.create({"service.name": f"torg-{service}"}))
    _provider.add_span_processor(processor)
    _tracer = _provider.get_tracer("torg")


def stop_tracing() -> None:
    """Send what is left, and trace no more."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def tracing() -> bool:
    """Whether spans are recorded."""
    return _tracer is not None


@contextmanager
def span(
    name: str, *, parent: str | None = None, links: Sequence[str | None] = (), **attributes: Any
) -> Iterator["Span | None"]:
    """A piece of work with a beginning and an end; `parent` is the trace that it goes on with."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import Link

    known = {link for link in links if link}
    linked = [Link(context) for text in list(known)[:MOST_LINKS] if (context := _span_context(text))]
    with _tracer.start_as_current_span(
        name, context=_context(parent), links=linked, attributes=attributes
    ) as current:
        told = _text(current)
        token = TRACE.set(told)
        try:
            with bound_contextvars(trace_id=told.split("-")[1]):
                yield current
        finally:
            TRACE.reset(token)


def _text(current: "Span") -> str:
    context = current.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def _context(parent: str | None) -> Any:
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    found = _span_context(parent)
    return set_span_in_context(NonRecordingSpan(found)) if found else None


def _span_context(text: str | None) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if not text:
        return None
    from opentelemetry.trace import get_current_span

    found = TraceContextTextMapPropagator().extract({"traceparent": text})
    context = get_current_span(found).get_span_context()
    return context if context.is_valid else None
