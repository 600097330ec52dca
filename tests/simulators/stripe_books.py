"""The books of the Stripe that runs here: what its objects are, and what becomes of them.

The objects are the official samples, trimmed (`stripe_objects.json`, from github.com/stripe/openapi, MIT).
"""

import hashlib
import hmac
import itertools
import json
import random
import time
from pathlib import Path
from typing import Any

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "stripe_objects.json").read_text())
Thing = dict[str, Any]


class No(Exception):
    """What Stripe answers when it does not do it."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error", **more: Any) -> None:
        self.status = status
        self.error = {"type": kind, "code": code, "message": code, **more}


class Books:
    """Everything it knows, and what it wants to tell."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.things: dict[str, Thing] = {}
        self.answers: dict[str, tuple[str, int, Thing]] = {}
        self.events: list[tuple[str, str]] = []
        self.numbers = itertools.count(1)
        self.multicapture = False
        self.lose: dict[str, int] = {"lose_request": 0, "lose_answer": 0}
        self.share = 0.0
        self.random = random.Random(1)

    def new(self, kind: str, prefix: str, **fields: Any) -> Thing:
        """An object like the official sample, with these fields."""
        thing = {**json.loads(json.dumps(SAMPLES[kind])), "metadata": {}, "created": int(time.time())}
        thing |= {"id": f"{prefix}_{next(self.numbers):08}", **fields}
        self.things[thing["id"]] = thing
        return thing

    def get(self, id: str) -> Thing:
        """An object by its name."""
        if id not in self.things:
            raise No(404, "resource_missing")
        return self.things[id]

    def of_kind(self, kind: str) -> list[Thing]:
        """All objects of a kind, newest first."""
        return [one for one in reversed(self.things.values()) if one["object"] == kind]

    def tell(self, kind: str, about: Thing) -> None:
        """Sign an event and keep it for whoever delivers it."""
        event = self.new("event", "evt", type=kind, data={"object": about})
        body, at = json.dumps(event), int(time.time())
        mac = hmac.new(self.secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        self.events.append((f"t={at},v1={'0' * 64},v1={mac}", body))

    def expanded(self, thing: Thing, paths: list[str]) -> Thing:
        """The object with what it names shown in full."""
        shown = dict(thing)
        for path in paths:
            name, _, deeper = path.partition(".")
            if isinstance(shown.get(name), str):
                shown[name] = self.expanded(self.get(shown[name]), [deeper] if deeper else [])
        return shown


def authorise(books: Books, intent: Thing) -> None:
    """Money is set aside for it, or taken at once."""
    manual = intent["capture_method"] == "manual"
    means = intent["payment_method_types"][0]
    details: Thing = {
        "type": means,
        means: {"capture_before": int(time.time()) + 7 * 86_400} if manual else {},
    }
    details[means]["multicapture"] = {"status": "available" if books.multicapture else "unavailable"}
    charge = books.new("charge", "ch", amount=intent["amount"], currency=intent["currency"], refunds=None)
    charge |= {"payment_intent": intent["id"], "amount_captured": 0, "amount_refunded": 0, "captured": False}
    charge |= {"payment_method_details": details, "metadata": intent["metadata"]}
    intent |= {"latest_charge": charge["id"], "next_action": None, "last_payment_error": None}
    if manual:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        books.tell("payment_intent.amount_capturable_updated", intent)
    else:
        take(books, intent, intent["amount"])


def take(books: Books, intent: Thing, amount: int, final: bool = True) -> None:
    """Take a part; when it is the last, the rest is let go of and shows as a refund, as with charges."""
    charge = books.get(intent["latest_charge"])
    intent["amount_received"] += amount
    charge |= {"amount_captured": intent["amount_received"], "captured": True}
    rest = intent["amount"] - intent["amount_received"]
    intent["amount_capturable"] = 0 if final else rest
    if final:
        intent["status"] = "succeeded"
        if rest:
            books.new("refund", "re", amount=rest, charge=charge["id"], payment_intent=intent["id"])
            charge["amount_refunded"] += rest
        books.tell("payment_intent.succeeded", intent)
    books.tell("charge.captured", charge)


def decline(books: Books, intent: Thing, code: str = "card_declined") -> None:
    """The bank says no."""
    error = {"code": code, "decline_code": "insufficient_funds", "type": "card_error"}
    intent |= {"status": "requires_payment_method", "last_payment_error": error, "next_action": None}
    books.tell("payment_intent.payment_failed", intent)


def create_intent(books: Books, asked: Thing) -> Thing:
    """A payment intent, confirmed at once with a token."""
    token = asked["payment_method"]
    intent = new_intent(books, asked, int(asked["amount"]), asked["currency"])
    intent["payment_method"] = token
    if "3ds" in token:
        url = f"https://hooks.stripe.test/{intent['id']}"
        action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": asked.get("return_url")},
        }
        intent |= {"status": "requires_action", "next_action": action}
    elif "late" in token:
        intent["status"] = "processing"
    elif "declined" in token:
        decline(books, intent)
        error = intent["last_payment_error"]
        raise No(402, error["code"], "card_error", decline_code=error["decline_code"], payment_intent=intent)
    else:
        authorise(books, intent)
    return intent


def new_intent(books: Books, asked: Thing, amount: int, currency: str) -> Thing:
    """A payment intent that has not begun."""
    manual = asked.get("capture_method") == "manual"
    types = asked.get("payment_method_types") or {"0": "card"}
    return books.new(
        "payment_intent",
        "pi",
        amount=amount,
        currency=currency,
        capture_method="manual" if manual else "automatic",
        metadata=asked.get("metadata", {}),
        payment_method_types=list(types.values()),
        status="requires_payment_method",
        last_payment_error=None,
        next_action=None,
        latest_charge=None,
    )


def create_page(books: Books, asked: Thing) -> Thing:
    """A hosted page."""
    price = asked["line_items"]["0"]["price_data"]
    if not 1_800 <= int(asked["expires_at"]) - time.time() <= 86_400:
        raise No(400, "expires_at")
    page = books.new(
        "checkout.session",
        "cs",
        amount_total=int(price["unit_amount"]),
        currency=price["currency"],
        metadata=asked.get("metadata", {}),
        client_reference_id=asked["client_reference_id"],
        payment_intent=None,
        status="open",
        expires_at=int(asked["expires_at"]),
        payment_method_types=list((asked.get("payment_method_types") or {"0": "card"}).values()),
    )
    page |= {"url": f"https://checkout.stripe.test/{page['id']}", "asked": asked}
    return page


def customer(books: Books, page: Thing, does: str) -> Thing:
    """What a customer does on the hosted page."""
    if page["status"] != "open":
        raise No(400, "page_closed")
    data = page["asked"]["payment_intent_data"]
    if page["payment_intent"] is None:
        types = {"payment_method_types": page["asked"].get("payment_method_types")}
        page["payment_intent"] = new_intent(books, {**data, **types}, page["amount_total"], page["currency"])[
            "id"
        ]
    intent = books.get(page["payment_intent"])
    if does == "declined":
        decline(books, intent)
        return page
    page |= {"status": "complete", "url": None}
    if does == "later":
        intent["status"] = "processing"
    else:
        authorise(books, intent)
    books.tell("checkout.session.completed", page)
    return page


def capture(books: Books, intent: Thing, asked: Thing) -> Thing:
    """Take what was set aside, or a part."""
    amount = int(asked["amount_to_capture"])
    if intent["status"] != "requires_capture":
        raise No(400, "payment_intent_unexpected_state")
    if not 0 < amount <= intent["amount_capturable"]:
        raise No(400, "amount_too_large")
    if "final_capture" in asked and not books.multicapture:
        raise No(400, "capture_charge_authorization_expired")
    take(books, intent, amount, asked.get("final_capture", "true") == "true")
    return intent


def cancel(books: Books, intent: Thing, why: str | None = None) -> Thing:
    """Let go of it."""
    if intent["status"] in {"succeeded", "canceled", "processing"}:
        raise No(400, "payment_intent_unexpected_state")
    status = "succeeded" if intent["amount_received"] else "canceled"
    intent |= {"status": status, "cancellation_reason": why, "amount_capturable": 0, "next_action": None}
    books.tell("payment_intent.canceled", intent)
    return intent


def refund(books: Books, asked: Thing) -> Thing:
    """Give money back; never more than was taken."""
    intent = books.get(asked["payment_intent"])
    if intent["latest_charge"] is None:
        raise No(400, "charge_not_captured")
    charge = books.get(intent["latest_charge"])
    amount = int(asked["amount"])
    if amount > charge["amount"] - charge["amount_refunded"]:
        raise No(400, "charge_already_refunded")
    charge["amount_refunded"] += amount
    made = books.new("refund", "re", amount=amount, charge=charge["id"], payment_intent=intent["id"])
    made |= {"metadata": asked.get("metadata", {}), "status": "succeeded"}
    books.tell("charge.refunded", charge)
    return made


def listed(books: Books, kind: str, asked: Thing) -> Thing:
    """A page of objects, newest first, between two moments or of one payment intent."""
    found = books.of_kind(kind)
    created = asked.get("created", {})
    found = [
        one for one in found if int(created.get("gte", 0)) <= one["created"] <= int(created.get("lte", 2**40))
    ]
    if wanted := asked.get("payment_intent"):
        found = [one for one in found if one["payment_intent"] == wanted]
    ids = [one["id"] for one in found]
    start = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
    limit = int(asked.get("limit", 10))
    paths = [path.removeprefix("data.") for path in asked.get("expand", {}).values()]
    data = [books.expanded(one, paths) for one in found[start : start + limit]]
    return {"object": "list", "data": data, "has_more": start + limit < len(found), "url": f"/v1/{kind}"}


def dispute(books: Books, intent: Thing, status: str) -> Thing:
    """The customer's bank speaks up, or decides."""
    known = next((one for one in books.of_kind("dispute") if one["payment_intent"] == intent["id"]), None)
    if known is None:
        known = books.new("dispute", "dp", payment_intent=intent["id"], charge=intent["latest_charge"])
        known |= {"amount": intent["amount_received"], "currency": intent["currency"], "reason": "fraudulent"}
    known["status"] = status
    ended = status in {"won", "lost", "warning_closed"}
    books.tell("charge.dispute.closed" if ended else "charge.dispute.created", dict(known))
    return known
