"""Whom a request came from, behind proxies and without."""

import pytest

from torg.kernel.client_address import client_address


def scope(peer: str, *forwarded: str) -> dict[str, object]:
    return {"client": (peer, 4711), "headers": [(b"x-forwarded-for", text.encode()) for text in forwarded]}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, ["1.2.3.4"], "10.0.0.9"),
        (1, [], "10.0.0.9"),
        (1, ["1.2.3.4"], "1.2.3.4"),
        (1, ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        (2, ["6.6.6.6, 1.2.3.4, 10.0.0.8"], "1.2.3.4"),
        (2, ["6.6.6.6, 1.2.3.4", "10.0.0.8"], "1.2.3.4"),
        (3, ["1.2.3.4, 10.0.0.8"], "1.2.3.4"),
        (1, ["nonsense"], "10.0.0.9"),
        (1, ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(proxies: int, forwarded: list[str], expected: str) -> None:
    assert client_address(scope("10.0.0.9", *forwarded), proxies) == expected
