"""One question to VIES and what its answers mean."""

from typing import Final

import msgspec
from msgspec import Struct

from torg.customers import Finding, RegisterSilent, VatRegister
from torg.kernel.database import external
from torg.markets import EU

TIMEOUT: Final = 5.0
# VIES calls Greece by its language; Northern Ireland is in it as a member state.
COUNTRIES: Final = EU - {"GR"} | {"EL", "XI"}
HIDDEN: Final = "---"


class Answer(Struct, frozen=True, rename="camel"):
    """What VIES says; `request_identifier` is the consultation number, where a requester was named."""

    valid: bool
    request_identifier: str | None = None
    name: str | None = None


class Vies(VatRegister):
    """The register behind one URL; `requester` is the number of who asks, its country in front."""

    name = "vies"

    def __init__(self, url: str, requester: str = "") -> None:
        self._url = url.rstrip("/") + "/check-vat-number"
        self._requester = requester

    async def find(self, number: str) -> Finding:
        """What it says of a number; silent when it, or the country's own register behind it, does not answer."""
        import httpx  # here, since it brings eighty modules along, and a start need not wait for them

        external()
        country, rest = number[:2], number[2:]
        if country not in COUNTRIES:
            raise RegisterSilent(number)
        asked = {"countryCode": country, "vatNumber": rest}
        if self._requester:
            asked |= {
                "requesterMemberStateCode": self._requester[:2],
                "requesterNumber": self._requester[2:],
            }
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
                answer = await client.post(self._url, json=asked)
            # Errors have no `valid`: a country that does not answer, too many questions, a wrong requester.
            answer.raise_for_status()
            said = msgspec.json.decode(answer.content, type=Answer)
        except (httpx.HTTPError, msgspec.MsgspecError) as silent:
            raise RegisterSilent(number) from silent
        name = said.name if said.name and said.name != HIDDEN else None
        return Finding(said.valid, name, said.request_identifier or None)
