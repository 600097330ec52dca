"""A card terminal for practice: a page stands for the machine on the counter, on which somebody plays the card.

Plugged in as the gateway `terminal` where no driver of real terminals is set, and never in a live installation. Its
books are those of the test gateway.
"""

from typing import Final

from msgspec.structs import replace

from torg.connectors.test_gateway.gateway import TestGateway
from torg.connectors.test_gateway.model import Behaviour
from torg.kernel.money import Money
from torg.payments import Instruction, Standing, TenderChoice, must_be_known

NAME: Final = "test-terminal"


class TestTerminal(TestGateway):
    """The gateway `terminal`, with one terminal; the payment's `action_url` is the page that stands for it."""

    code = "terminal"
    methods = frozenset({NAME})
    choices: tuple[str, ...] = ()
    at_till = True

    def check(self, choice: TenderChoice, amount: Money, country: str | None) -> None:
        """There is one terminal."""
        must_be_known(choice, self.methods)

    async def authorise(self, instruction: Instruction) -> Standing:
        """Show the amount on the page; it waits for a card."""
        return await super().authorise(replace(instruction, method=Behaviour.terminal.value))
