"""A Stripe that runs here, over HTTP: pages, payment intents, refunds, disputes, idempotency keys, signed events.

It loses questions and answers when it is told to. Run as `python -m tests.simulators.stripe PORT SECRET`. Under `/_…` a
test plays customers, banks and the network:

    POST /_customer/cs_…   {"as": "pays" | "declined" | "later"}      POST /_late/pi_…    {"as": "succeeds" | "fails"}
    POST /_dispute/pi_…    {"status": …}                              POST /_expire/pi_…
    POST /_behave          {"lose_request": n, "lose_answer": n, "share": 0.2, "seed": 1, "multicapture": true}
    POST /_events          what it wants to tell: signed headers and bodies, for the test to deliver
    POST /_books           every payment intent, as its books have it
"""

import json
import random
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.simulators.stripe_books import (
    SAMPLES,
    Books,
    No,
    Thing,
    authorise,
    cancel,
    capture,
    create_intent,
    create_page,
    customer,
    decline,
    dispute,
    listed,
    refund,
)


def tree(pairs: list[tuple[str, str]]) -> Thing:
    """`a[b][0]=c` as nested dicts."""
    root: Thing = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+", name)
        inner = root
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return root


def act(books: Books, method: str, path: list[str], asked: Thing) -> Thing:
    """What one call of the API does."""
    match method, path:
        case "POST", ["checkout", "sessions"]:
            return create_page(books, asked)
        case "POST", ["checkout", "sessions", id, "expire"]:
            page = books.get(id)
            if page["status"] != "open":
                raise No(400, "page_not_open")
            page |= {"status": "expired", "url": None}
            books.tell("checkout.session.expired", page)
            return page
        case "POST", ["payment_intents"]:
            return create_intent(books, asked)
        case "POST", ["payment_intents", id, "capture"]:
            return capture(books, books.get(id), asked)
        case "POST", ["payment_intents", id, "cancel"]:
            return cancel(books, books.get(id))
        case "POST", ["refunds"]:
            return refund(books, asked)
        case "GET", ["checkout", "sessions"]:
            return listed(books, "checkout.session", asked)
        case "GET", ["payment_intents" | "refunds"]:
            return listed(books, path[0].removesuffix("s"), asked)
        case "GET", ["payment_methods", token]:
            return {
                **SAMPLES["payment_method"],
                "id": token,
                "type": "sepa_debit" if "sepa" in token else "card",
            }
        case "GET", [*_, id]:
            return books.get(id)
    raise No(404, "unknown_url")


def play(books: Books, path: list[str], asked: Thing) -> Any:
    """What a test lets customers, banks and the network do."""
    match path:
        case ["_customer", id]:
            return customer(books, books.get(id), asked["as"])
        case ["_late", id]:
            act_late = authorise if asked["as"] == "succeeds" else decline
            return act_late(books, books.get(id))
        case ["_dispute", id]:
            return dispute(books, books.get(id), asked["status"])
        case ["_expire", id]:
            return cancel(books, books.get(id), "automatic")
        case ["_behave"]:
            books.share = asked.get("share", books.share)
            books.multicapture = asked.get("multicapture", books.multicapture)
            books.random = random.Random(asked.get("seed", 1))
            books.lose |= {name: asked.get(name, 0) for name in books.lose}
            return {}
        case ["_events"]:
            found, books.events = books.events, []
            return found
        case ["_books"]:
            return [books.expanded(one, ["latest_charge"]) for one in books.of_kind("payment_intent")]
    raise No(404, "unknown_url")


class Handler(BaseHTTPRequestHandler):
    """Answers, unless it is to lose the question or the answer."""

    protocol_version = "HTTP/1.1"
    books: Books
    lock = threading.Lock()

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("content-length", 0))))

    def _handle(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        path = parts.path.strip("/").split("/")
        with self.lock:
            if path[0].startswith("_"):
                try:
                    self._send(200, play(self.books, path, json.loads(body or b"{}")))
                except No as no:
                    self._send(no.status, no.error)
                return
            asked = tree(parse_qsl(parts.query or body.decode()))
            if self._lost("lose_request"):
                return
            status, answer = self._answer(path[1:], asked)
            if not self._lost("lose_answer"):
                self._send(status, answer)

    def _answer(self, path: list[str], asked: Thing) -> tuple[int, Thing]:
        key = self.headers.get("idempotency-key") if self.command == "POST" else None
        digest = json.dumps([path, asked], sort_keys=True)
        known = self.books.answers.get(key or "")
        if known:
            same = {"error": No(400, "idempotency_key_reused", "idempotency_error").error}
            return known[1:] if known[0] == digest else (400, same)
        if not self.headers.get("authorization", "").startswith("Bearer sk_test_"):
            return 401, {"error": No(401, "api_key_invalid").error}
        try:
            made = self.books.expanded(
                act(self.books, self.command, path, asked), list(asked.get("expand", {}).values())
            )
            status, answer = 200, json.loads(json.dumps(made))
        except No as no:
            status, answer = no.status, json.loads(json.dumps({"error": no.error}))
        if key:
            self.books.answers[key] = (digest, status, answer)
        return status, answer

    def _lost(self, what: str) -> bool:
        lost = self.books.lose[what] > 0 or self.books.random.random() < self.books.share
        if lost:
            self.books.lose[what] = max(0, self.books.lose[what] - 1)
            self.close_connection = True
        return lost

    def _send(self, status: int, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    Handler.books = Books(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
