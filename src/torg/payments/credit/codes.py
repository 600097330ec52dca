"""The codes of gift cards: fifteen random characters and a check character, in groups of four.

The alphabet has no characters that look or sound alike and no vowels, so that a code spells no word. Its 29 characters
are a prime number: the check character finds every single wrong character and every two that were swapped. A code holds
72 bits of chance; what is kept is a hash with a key that is made from the installation's secret.
"""

import secrets
from typing import Final

from torg.kernel.access import Policy
from torg.kernel.errors import FieldProblem
from torg.payments.credit.model import CodeMistyped

ALPHABET: Final = "023456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16
PURPOSE: Final = "gift card code"
PRIME: Final = len(ALPHABET)


def new_code() -> str:
    """A code that nobody can guess, as it is shown."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return shown(body + check_character(body))


def check_character(body: str) -> str:
    """The character that completes a code.

    >>> check_character("BCDFGHJKMNPQRST")
    '5'
    """
    return ALPHABET[sum(place * ALPHABET.index(one) for place, one in enumerate(body, 2)) % PRIME]


def shown(code: str) -> str:
    """The code in groups of four.

    >>> shown("BCDFGHJKMNPQRST5")
    'BCDF-GHJK-MNPQ-RST5'
    """
    return "-".join(code[first : first + 4] for first in range(0, LENGTH, 4))


def plain(text: str, field: str = "code") -> str:
    """The code that somebody wrote, however she set it apart; `CodeMistyped` names `field` when no card can have it.

    >>> plain("bcdf ghjk-mnpq rst5")
    'BCDFGHJKMNPQRST5'
    """
    code = "".join(one for one in text.upper() if one not in " -\t").replace("O", "0")
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or check_character(code[:-1]) != code[-1]:
        raise CodeMistyped.of(FieldProblem(field, CodeMistyped.code, CodeMistyped.message))
    return code


def last_four(code: str) -> str:
    """What is kept of a code to show which card is meant."""
    return code[-4:]


def hashed(policy: Policy, code: str, field: str = "code") -> str:
    """What is kept of a code to find its card: worth nothing without the installation's secret."""
    return policy.vault.seal(plain(code, field), purpose=PURPOSE)
