"""Mails about a quote, in its buyer's language."""

from collections.abc import Mapping

from torg.kernel import mail
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.orders.quotes.model import Quotation


def sent(quote: Quotation, known: Atlas, link: str) -> mail.Wish:
    """What is offered, until when, and where it is accepted; once a version."""
    offered = quote.offered
    facts = {
        "lines": [
            {
                "name": f"{line.name}, {line.options}" if line.options else line.name,
                "quantity": line.quantity,
                "price": Money(line.gross, quote.currency),
            }
            for line in offered.lines
        ],
        "deliveries": [{"name": d.name, "price": Money(d.gross, quote.currency)} for d in offered.deliveries],
        "total": quote.total,
        "until": quote.valid_until,
        "terms": offered.terms or "",
        "message": offered.message or "",
        "link": link,
    }
    return _wish(quote, known, "sent", facts)


def asked(quote: Quotation, known: Atlas, link: str) -> mail.Wish:
    """That somebody will make an offer; once."""
    return _wish(quote, known, "asked", {"link": link})


def withdrawn(quote: Quotation, known: Atlas) -> mail.Wish:
    """That it is offered no more, and why; once a version."""
    return _wish(quote, known, "withdrawn", {"reason": quote.reason or ""})


def _wish(quote: Quotation, known: Atlas, template: str, facts: Mapping[str, object]) -> mail.Wish:
    channel = known.channel(quote.channel)
    place = known.store(channel.store).location if channel.store else channel.locations[0]
    return mail.Wish(
        to=quote.email or "",
        template=f"quotes/{template}",
        language=quote.language,
        region=quote.country,
        zone=known.location(place).time_zone,
        dedupe=f"quotes.{template}:{quote.order_id}:{quote.version}",
        facts={"name": quote.name or "", **facts},
    )
