"""Jobs: work that leaves Torg or takes long, and what runs by the clock.

A use case never makes a job: it records an event, and a subscription defers. Promises that a job runs at
least once when the transaction that deferred it commits, and never when it does not; that failures are tried
again; that what cannot be done lies as a dead letter with its reasons until it is replayed."""

from torg.kernel.jobs.queue import defer
from torg.kernel.jobs.registry import DeferredElsewhere, GiveUp, Job, Periodic, Work, job, periodic

__all__ = ["DeferredElsewhere", "GiveUp", "Job", "Periodic", "Work", "defer", "job", "periodic"]
