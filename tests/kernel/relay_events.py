"""Events that the tests of the kernel tell, and where their handlers write."""

from typing import ClassVar

from torg.kernel.events import Event


class BallThrown(Event, frozen=True, kw_only=True):
    """Somebody threw a ball."""

    type: ClassVar[str] = "ball.thrown"
    family: ClassVar[str] = "reference"
    ball: str
    number: int

    def key(self) -> str:
        return self.ball


class BallCaught(Event, frozen=True, kw_only=True):
    """Somebody caught it."""

    type: ClassVar[str] = "ball.caught"
    family: ClassVar[str] = "reference"
    ball: str

    def key(self) -> str:
        return self.ball
