"""What is plugged in from outside: the composition root adds one implementation per port, use cases ask by type."""

from typing import Any, TypeVar

T = TypeVar("T")


class Ports:
    """A typed collection of implementations, filled once at start."""

    def __init__(self) -> None:
        self._plugged: dict[type[Any], Any] = {}

    def add(self, kind: type[T], instance: T) -> None:
        """Plug in the implementation of a port; a second one for the same port replaces the first."""
        self._plugged[kind] = instance

    def get(self, kind: type[T]) -> T:
        """The implementation of a port; asking for one that nobody plugged in is a defect."""
        if kind not in self._plugged:
            raise LookupError(f"nothing is plugged in for {kind.__qualname__}")
        found: T = self._plugged[kind]
        return found
