"""VIES as a program of its own: its REST interface with a few numbers; countries that it knows none of do not answer.
Over `/behave` a test makes it slow, busy or silent. Run as `python vies.py PORT`.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VALID = {("DE", "136695976"): "ACME GMBH", ("AT", "U13585627"): "---"}
REFUTED = {("SE", "556036079301")}


class Handler(BaseHTTPRequestHandler):
    """Answers one number at a time, as it has been told to behave."""

    behaviour = "well"
    asked = 0

    def do_POST(self) -> None:
        """Check a number, or learn to behave."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/behave":
            Handler.behaviour = body["as"]
            return self._send(200, {})
        Handler.asked += 1
        if Handler.behaviour == "silent":
            return self.hang_up()
        if Handler.behaviour == "slow":
            time.sleep(body.get("seconds", 30))
        number = body["countryCode"], body["vatNumber"]
        if Handler.behaviour == "busy" or (number not in VALID and number not in REFUTED):
            return self._send(200, {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]})
        requester = body.get("requesterMemberStateCode", "") + body.get("requesterNumber", "")
        return self._send(
            200,
            {
                "countryCode": number[0],
                "vatNumber": number[1],
                "requestDate": "2026-11-20T12:00:00.000Z",
                "valid": number in VALID,
                "requestIdentifier": f"WAPI{Handler.asked:012}" if requester else "",
                "name": VALID.get(number, "---"),
                "address": "---",
            },
        )

    def hang_up(self) -> None:
        """End without an answer."""
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
