"""Which addresses a webhook may be sent to: public ones only, judged by number after the name was resolved.

Names prove nothing (a public name may point inside, and change between a check and a call), so the caller connects to
the very address that was judged here. Addresses that carry another inside (IPv4-mapped, NAT64, 6to4, Teredo) are not
public ones, whatever they carry.
"""

import ipaddress
import socket
from asyncio import AbstractEventLoop, get_running_loop, wait_for
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

LONGEST_URL = 2000
RESOLVE_SECONDS = 5.0

# Everything of IANA's special-purpose registries that is not plainly on the public internet.
NOT_PUBLIC_4: Final = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
PUBLIC_6: Final = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_6: Final = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)

# Names are resolved by threads of their own: a resolver that hangs must not hold up anything else.
_RESOLVERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")


class AddressNotAllowed(Exception):
    """The host stands, or also stands, at an address that webhooks may not be sent to."""


class Unresolvable(Exception):
    """The host's name leads nowhere."""


def is_public(address: str) -> bool:
    """Whether an IP address is plainly on the public internet.

    >>> is_public("93.184.215.14"), is_public("10.0.0.1"), is_public("::ffff:8.8.8.8"), is_public("fe80::1%eth0")
    (True, False, False, False)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4):
        return not any(ip in net for net in NOT_PUBLIC_4)
    return ip.scope_id is None and ip in PUBLIC_6 and not any(ip in net for net in NOT_PUBLIC_6)


async def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of a host, all of them allowed; one that is not makes the host a bad one."""
    loop: AbstractEventLoop = get_running_loop()
    look_up = loop.run_in_executor(
        _RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    try:
        found = await wait_for(look_up, RESOLVE_SECONDS)
    except TimeoutError:
        raise Unresolvable(f"the name {host} could not be resolved in time") from None
    except (OSError, UnicodeError):
        raise Unresolvable(f"the name {host} could not be resolved") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise AddressNotAllowed(f"{host} stands at {address}, which is not a public address")
    return addresses


def fault_of_url(url: str, *, allow_private: bool) -> str | None:
    """What is wrong with a URL as a target, in words, or None; the name is not resolved yet."""
    if len(url) > LONGEST_URL or not url.isascii() or any(sign.isspace() for sign in url):
        return f"must be at most {LONGEST_URL} ASCII characters without spaces"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in (("https", "http") if allow_private else ("https",)):
        return "must begin with https://"
    if not host or port == 0:
        return "must name a host"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password"
    if parts.fragment:
        return "must not have a part behind #"
    if not allow_private and _literal(host) and not is_public(host):
        return f"{host} is not a public address"
    return None


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an address that is not public (names are not looked up)."""
    return host == "localhost" or (_literal(host) and not is_public(host))


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
