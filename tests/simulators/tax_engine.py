"""A tax engine of another maker: a program of its own that answers over HTTP, and the connector that asks it.

It knows a little of California (its state rate and two districts, food untaxed) and nothing else. Over `/behave` a test
makes it slow, silent, forgetful or absurd. Run as `python tax_engine.py PORT`.
"""

import json
import sys
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DISTRICTS = {"941": ("San Francisco", 86_250), "900": ("Los Angeles", 97_500)}
STATE = ("California", 72_500)


def decide(basket: dict[str, Any]) -> list[dict[str, Any]]:
    """The sales tax of each item by where it goes."""
    answers = []
    for item in basket["items"]:
        name, rate = DISTRICTS.get((item["to"]["postal_code"] or "")[:3], STATE)
        untaxed = item["tax_class"] == "food" or item["kind"] == "delivery"
        law = "CA Rev. & Tax. Code § 6359" if untaxed else "CA Rev. & Tax. Code § 6051"
        answers.append(
            {"key": item["key"], "rate": 0 if untaxed else rate, "name": f"{name} sales tax", "law": law}
        )
    return answers


class Handler(BaseHTTPRequestHandler):
    """Answers baskets as it has been told to behave."""

    behaviour = "well"
    asked = 0

    def do_GET(self) -> None:
        """How often it was asked."""
        self._send({"asked": Handler.asked})

    def do_POST(self) -> None:
        """Decide about a basket, or learn to behave."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/behave":
            Handler.behaviour = body["as"]
            return self._send({})
        Handler.asked += 1
        if Handler.behaviour == "silent":
            return self.close_connection_now()
        if Handler.behaviour == "slow":
            time.sleep(3)
        answers = decide(body)
        if Handler.behaviour == "forgetful":
            answers = answers[1:]
        if Handler.behaviour == "absurd":
            answers[0]["rate"] = 2_000_000
        return self._send({"reference": f"T-{Handler.asked}", "items": answers})

    def close_connection_now(self) -> None:
        """Hang up without an answer."""
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class HttpTaxEngine:
    """The connector: sends the basket, and takes what is not an answer for silence."""

    code = "simulated"

    def __init__(self, url: str) -> None:
        self.url = url

    async def assess(self, basket: Any, at: datetime) -> Any:
        """What the program says of a basket."""
        import httpx
        import msgspec

        from torg.pricing import Assessment, EngineSilent, ItemTax

        try:
            async with httpx.AsyncClient(timeout=1) as client:
                body = msgspec.json.encode(basket)
                answer = (await client.post(f"{self.url}/assess", content=body)).raise_for_status().json()
            items = msgspec.convert(answer["items"], tuple[ItemTax, ...])
        except (httpx.HTTPError, msgspec.ValidationError, KeyError) as error:
            raise EngineSilent(self.code) from error
        return Assessment(self.code, items, answer.get("reference"))


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
