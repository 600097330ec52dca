"""E-mail addresses as one thing is one thing: two spellings that reach the same mailbox are one address here.

The domain is compared in its ASCII form (IDNA), the part before the @ without regard to case and in one Unicode form.
Whether mail arrives is found out by sending one, not by asking the network while somebody waits.
"""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from torg.kernel.errors import FieldProblem, Invalid

LONGEST = 254


def normalise(email: str, field: str = "email") -> str:
    """The one spelling of this address, for looking up and for writing to; `Invalid` names `field` when it is none.

    >>> normalise(" Kari.Nordmann@Blåbær.NO ")
    'kari.nordmann@xn--blbr-roah.no'
    """
    try:
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid.of(
            FieldProblem(field=field, code="not-an-email", message="This is not an e-mail address.")
        ) from None
    local = unicodedata.normalize("NFC", found.local_part.lower())
    normal = f"{local}@{found.ascii_domain}"
    if len(normal) > LONGEST:
        raise Invalid.of(FieldProblem(field=field, code="wrong-length", message="This address is too long."))
    return normal
