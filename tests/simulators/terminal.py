"""A driver of card terminals, a program of its own. Under `/_…` a test plays cards and the network.

POST /_card/ID   {"as": "approves" | "declines"}        POST /_behave   {"lose_request": n, "lose_answer": n}
POST /_books     everything that was paid at it
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Thing = dict[str, Any]


class Driver(BaseHTTPRequestHandler):
    """Answers, unless it is to lose the question or the answer."""

    paid: dict[str, Thing] = {}  # noqa: RUF012  # one driver a program
    keys: set[str] = set()  # noqa: RUF012
    lose: dict[str, int] = {"lose_request": 0, "lose_answer": 0}  # noqa: RUF012

    def do_GET(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        self._handle(json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}"))

    def _handle(self, asked: Thing) -> None:
        path = self.path.strip("/").split("/")
        play = path[0].startswith("_")
        if not play and self._lost("lose_request"):
            return
        status, answer = self._play(path, asked) if play else self._act(path, asked)
        if play or not self._lost("lose_answer"):
            self._send(status, answer)

    def _act(self, path: list[str], asked: Thing) -> tuple[int, Any]:
        if path == ["payments"]:
            new = {"state": "waiting", "reversed": 0, "id": asked["id"], "terminal": asked["terminal"]}
            new |= {"amount": asked["amount"], "currency": asked["currency"], "code": None}
            return 201, self.paid.setdefault(asked["id"], new)
        known = self.paid.get(path[1]) if path[0] == "payments" and len(path) > 1 else None
        if known is None:
            return 404, {"code": "unknown"}
        if path[2:] == ["cancel"] and known["state"] == "waiting":
            known["state"] = "cancelled"
        if path[2:] == ["reversals"] and asked["key"] not in self.keys:
            if known["state"] != "approved" or known["reversed"] + asked["amount"] > known["amount"]:
                return 409, {"code": "too-much"}
            self.keys.add(asked["key"])
            known["reversed"] += asked["amount"]
        return 200, known

    def _play(self, path: list[str], asked: Thing) -> tuple[int, Any]:
        if path[0] == "_card":
            known = self.paid[path[1]]
            if known["state"] != "waiting":
                return 409, {"code": "not-waiting"}
            declined = asked["as"] == "declines"
            known |= {"state": "declined", "code": "no-money"} if declined else {"state": "approved"}
        elif path[0] == "_behave":
            self.lose.update({name: asked.get(name, 0) for name in self.lose})
        return 200, list(self.paid.values())

    def _lost(self, what: str) -> bool:
        lost = self.lose[what] > 0
        self.lose[what] -= lost
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
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Driver).serve_forever()
