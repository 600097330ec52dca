"""What adding a line to a cart of two hundred costs, from the caller's end: `cart_200_add_ms` (median).

`./torg bench carts` starts a server of its own on the practice retailer; `cart_200_add_ms` measures a server that runs.
"""

import json
import statistics
import sys
import time
from typing import Any, Final

import httpx
from bench import shopping
from bench.stage import stage

LINES: Final = 200
ADDED: Final = 40
CHANNEL: Final = "web-no"


def cart_200_add_ms(port: int) -> float:
    """Fill a visitor's cart with two hundred lines, then add one of something new at a time, each in its own request.

    Every line that is added is taken out again, so that there are two hundred each time; the median, in milliseconds.
    """
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
        variants = _variants(client, LINES // 2 + ADDED)
        goods, new = variants[: LINES // 2], variants[LINES // 2 :]
        lines = [{"variant": variant, "note": note} for note in ("for Kari", "for Ola") for variant in goods]
        cart = _told(client.post("/carts", json={"channel": CHANNEL, "lines": lines}))
        client.headers["Torg-Token"] = cart["token"]
        path, took = f"/carts/{cart['id']}/lines", []
        for variant in new:
            began = time.perf_counter()
            answer = client.post(path, json={"variant": variant})
            took.append((time.perf_counter() - began) * 1000)
            there = _told(answer)["lines"]
            if len(there) != LINES + 1:
                raise ValueError(f"the cart has {len(there)} lines")
            _told(client.delete(f"{path}/{there[-1]['id']}"))
        return statistics.median(took)


def _variants(client: httpx.Client, most: int) -> list[str]:
    found: dict[str, None] = {}
    cursor: str | None = None
    while len(found) < most:
        asked = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        page = _told(client.get(f"/channels/{CHANNEL}/products", params=asked))
        found |= dict.fromkeys(v["id"] for product in page["items"] for v in product["variants"])
        if (cursor := page["next"]) is None:
            break
    if len(found) < most:
        raise ValueError(f"the shop shows {len(found)} variants, not {most}")
    return list(found)[:most]


def _told(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def main() -> None:
    """Measure on a database and a server that are thrown away."""
    with stage() as stood:
        print("filling in the practice retailer", file=sys.stderr)
        with stood.hurried():
            stood.fill()
            stood.do(shopping.stock_up)
        stood.add_server()
        found = round(cart_200_add_ms(stood.port), 1)
    print(json.dumps({"cart_200_add_ms": found}))


if __name__ == "__main__":
    main()
