"""A year of the practice retailer's sales, decided without a database: who buys, where, how, what, and what comes back.

The shares below are the known truth for whoever analyses the practice retailer; `docs/practice-retailer.md` tells them
with their sources and with what came of them. Everything but the times is the same every time.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import Touch
from torg.demo.calendar import DESKS, Calendar
from torg.demo.customers import Person, kinds_in
from torg.demo.stores import STORES
from torg.kernel.access.touchpoint import DeviceKind as D
from torg.markets import ChannelKind as K
from torg.orders import Intent

MORE_ORDERS: Final = {False: 1.0, True: 3.7}
"""How many orders a customer has in the year after the first, on average: of one kind of channel, of several."""

MOST_ORDERS: Final = 26
LINES: Final = {False: (0.52, 0.30, 0.12, 0.04, 0.02), True: (0.33, 0.32, 0.20, 0.10, 0.05)}
"""How often an order has one line, two, three …"""

HABIT: Final = (0.56, 0.32, 0.12)
"""How often somebody buys in the way that she likes best, second, third."""

STRANGERS: Final = {"till": 2_800, "web": 900}
"""Sales to nobody known at the till, and to guests on the web."""

DIGITAL: Final = frozenset({K.web, K.app, K.social, K.chat})
"""Ways whose journey happens on the customer's own devices."""

CHANGES_DEVICE: Final = 0.60
STARTS_ELSEWHERE: Final = 0.35
BEGUN_ONLINE_FINISHED_IN_STORE: Final = 0.25
DEVICES: Final[dict[K, dict[D, float]]] = {
    K.app: {D.phone: 0.88, D.tablet: 0.12},
    K.chat: {D.phone: 0.80, D.desktop: 0.20},
    K.social: {D.phone: 0.90, D.tablet: 0.10},
    K.web: {D.phone: 0.58, D.desktop: 0.34, D.tablet: 0.08},
}
PICK_UP: Final = 0.22
EXPRESS: Final = 0.12
STORE_SHIPS: Final = 0.05
OTHER_STORE: Final = 0.10
CASH: Final = {"NO": 0.04, "SE": 0.03, "DK": 0.05, "DE": 0.38, "GB": 0.12, "US": 0.16, "JP": 0.40, "SG": 0.18}
MEANS: Final = {
    "NO": {"vipps": 0.5, "card": 0.5},
    "SE": {"swish": 0.4, "card": 0.35, "klarna": 0.25},
    "DK": {"mobilepay": 0.5, "card": 0.5},
    "DE": {"paypal": 0.45, "card": 0.25, "klarna": 0.3},
    "GB": {"card": 0.7, "paypal": 0.3},
    "US": {"card": 0.75, "paypal": 0.25},
    "JP": {"card": 0.65, "paypay": 0.35},
    "SG": {"card": 0.6, "paynow": 0.4},
}
CANCELLED: Final = 0.02
"""How many of the orders that are sent are cancelled before they leave."""

RETURNED: Final = {
    K.web: 0.125,
    K.app: 0.110,
    K.marketplace: 0.150,
    K.social: 0.160,
    K.chat: 0.080,
    K.phone: 0.060,
    K.email: 0.060,
    K.agent: 0.090,
    K.field_sales: 0.030,
    K.till: 0.035,
}
"""How many lines come back, by the way they were bought …"""

RETURNED_OF: Final = {"coffee": 0.2, "brewing": 1.0, "kitchen": 0.9, "outdoor": 1.7}
"""… times this, by what it was."""

BACK_IN_STORE: Final = 0.55
SHELVES: Final = {"coffee": 0.44, "brewing": 0.18, "kitchen": 0.22, "outdoor": 0.16}
IN_SUMMER: Final = {"coffee": 0.34, "brewing": 0.14, "kitchen": 0.18, "outdoor": 0.34}
"""What is bought, and what from May to August."""

QUANTITIES: Final = {"coffee": (0.55, 0.30, 0.15), "kitchen": (0.80, 0.14, 0.03, 0.03)}
ONE: Final = (1.0,)


class Goods(Struct, frozen=True):
    """Something that can be bought: its SKU, the top shelf it stands on, and whether it is only a file."""

    sku: str
    shelf: str
    digital: bool = False


class SaleLine(Struct, frozen=True):
    """So many of a thing, reaching the customer so; `back` is how long after it left it came back, if it did."""

    sku: str
    quantity: int
    way: Intent
    back: timedelta | None = None


class Sale(Struct, frozen=True, kw_only=True):
    """One order of the year. `number` tells it from all others; `method` None is cash; `store` is where it is handed
    over; `back_in` the store that takes back what comes back, None when it is sent.
    """

    number: int
    person: Person | None
    guest: bool
    kind: K
    market: str
    channel: str
    store: str | None
    language: str
    at: datetime
    lines: tuple[SaleLine, ...]
    express: bool
    method: str | None
    journey: tuple[Touch, ...]
    cancelled_after: timedelta | None
    back_in: str | None
    wait: float


ZONES: Final = {store.market: ZoneInfo(store.time_zone) for store in STORES}
IN_MARKET: Final = {market: [s.code for s in STORES if s.market == market] for market in ZONES}
_Luck = random.Random


def year(
    people: Sequence[Person],
    guests: Sequence[Person],
    goods: Mapping[str, Sequence[Goods]],
    calendar: Calendar,
) -> Iterator[Sale]:
    """Every sale of the year, person by person; `goods` is what each market sells."""
    racks = {market: _Racks(things) for market, things in goods.items()}
    number = 0
    for person in people:
        luck = _Luck(f"year of {person.email}")  # a world, not a secret
        kinds = _ways(luck, person)
        begun = _first_elsewhere(person, kinds)
        made = []
        for kind in kinds:
            store = _store_of(luck, person, kind)
            at = calendar.moment(luck, kind, ZONES[person.market], store)
            made.append(_sale(luck, number, person, kind, store, at, begun, racks[person.market]))
            number += 1
        yield from sorted(made, key=lambda sale: (sale.at, sale.number))
    for person in guests:
        luck = _Luck(f"year of {person.email}")  # a world, not a secret
        at = calendar.moment(luck, K.web, ZONES[person.market], None)
        yield replace(_sale(luck, number, person, K.web, None, at, None, racks[person.market]), guest=True)
        number += 1
    for stranger in range(STRANGERS["till"]):
        luck = _Luck(f"stranger {stranger}")  # a world, not a secret
        shop = luck.choice(STORES)
        at = calendar.moment(luck, K.till, ZONES[shop.market], shop.code)
        yield _at_the_till(luck, number, shop.code, shop.market, at, racks[shop.market])
        number += 1


def _ways(luck: _Luck, person: Person) -> list[K]:
    """In which ways she buys in the year, in no order; who uses several uses two at least."""
    mean = MORE_ORDERS[person.several]
    count = person.least
    while count < MOST_ORDERS and luck.random() < mean / (mean + 1):
        count += 1
    kinds = luck.choices(person.kinds, HABIT[: len(person.kinds)], k=count)
    if person.several and count > 1 and len(set(kinds)) == 1:
        kinds[-1] = next(kind for kind in person.kinds if kind is not kinds[0])
    if person.several and count == 1:
        kinds = [next((kind for kind in person.kinds if kind not in DIGITAL), kinds[0])]
    return kinds


def _first_elsewhere(person: Person, kinds: Sequence[K]) -> K | None:
    """Where the only order of somebody who uses several ways was begun: in another way than it was finished."""
    if not person.several or len(kinds) > 1:
        return None
    return next(kind for kind in person.kinds if kind in DIGITAL and kind is not kinds[0])


def _store_of(luck: _Luck, person: Person, kind: K) -> str | None:
    elsewhere = luck.random() < OTHER_STORE
    if kind is not K.till:
        return None
    return luck.choice(IN_MARKET[person.market]) if elsewhere else person.store


def _sale(
    luck: _Luck,
    number: int,
    person: Person,
    kind: K,
    store: str | None,
    at: datetime,
    begun: K | None,
    racks: "_Racks",
) -> Sale:
    several, market = person.several, person.market
    channel = f"till-{store}" if kind is K.till else _channel(kind, market)
    way = _way(luck, kind)
    picks_up = luck.choices([person.store, luck.choice(IN_MARKET[market])], [0.9, 0.1])[0]
    lines = _lines(luck, racks, kind, way, at.month, LINES[several])
    back = luck.random() < BACK_IN_STORE
    cancelled = luck.random() < CANCELLED
    return Sale(
        number=number,
        person=person,
        guest=False,
        kind=kind,
        market=market,
        channel=channel,
        store=store or (picks_up if way is Intent.pick_up else None),
        language=person.language,
        at=at,
        lines=lines,
        express=luck.random() < EXPRESS,
        method=_means(luck, market, kind),
        journey=_journey(luck, person, kind, channel, at, begun),
        cancelled_after=timedelta(hours=1 + 4 * luck.random())
        if cancelled and way is Intent.ship and kind is not K.till
        else None,
        back_in=store or (person.store if back and several and K.till in person.kinds else None),
        wait=luck.random(),
    )


def _at_the_till(luck: _Luck, number: int, store: str, market: str, at: datetime, racks: "_Racks") -> Sale:
    channel = f"till-{store}"
    return Sale(
        number=number,
        person=None,
        guest=False,
        kind=K.till,
        market=market,
        channel=channel,
        store=store,
        language="",
        at=at,
        lines=_lines(luck, racks, K.till, Intent.carry_out, at.month, LINES[False]),
        express=False,
        method=_means(luck, market, K.till),
        journey=(Touch(at, channel, "staff", D.till),),
        cancelled_after=None,
        back_in=store,
        wait=0.0,
    )


def _channel(kind: K, market: str) -> str:
    return f"{kind.value.replace('_', '-')}-{market.lower()}"


def _way(luck: _Luck, kind: K) -> Intent:
    at = luck.random()
    if kind is K.till:
        return Intent.ship if at < STORE_SHIPS else Intent.carry_out
    return Intent.pick_up if kind in DIGITAL and at < PICK_UP else Intent.ship


def _means(luck: _Luck, market: str, kind: K) -> str | None:
    cash, means = luck.random() < CASH[market], MEANS[market]
    chosen = luck.choices(list(means), list(means.values()))[0]
    if kind is K.till:
        return None if cash else "card"
    return "invoice" if kind is K.field_sales else chosen


class _Racks:
    """What a market sells, by shelf, with the few that sell most first."""

    def __init__(self, goods: Sequence[Goods]) -> None:
        self.shelves: dict[str, list[Goods]] = {}
        for thing in sorted(goods, key=lambda thing: thing.sku):
            self.shelves.setdefault(thing.shelf, []).append(thing)
        self.running: dict[str, list[float]] = {}
        for shelf, things in self.shelves.items():
            _Luck(f"what sells: {shelf}").shuffle(things)  # a world, not a secret
            total = 0.0
            self.running[shelf] = [total := total + 1 / (place + 4) ** 0.8 for place in range(len(things))]

    def pick(self, luck: _Luck, summer: bool) -> Goods:
        """Something that sells, of the shelves that there are."""
        weights = IN_SUMMER if summer else SHELVES
        known = [shelf for shelf in weights if shelf in self.shelves] or list(self.shelves)
        shelf = luck.choices(known, [weights.get(shelf, 1.0) for shelf in known])[0]
        return luck.choices(self.shelves[shelf], cum_weights=self.running[shelf])[0]


def _lines(
    luck: _Luck, racks: _Racks, kind: K, way: Intent, month: int, counts: Sequence[float]
) -> tuple[SaleLine, ...]:
    count = luck.choices(range(1, len(counts) + 1), counts)[0]
    found: dict[str, SaleLine] = {}
    for _ in range(count):
        thing = racks.pick(luck, 5 <= month <= 8)
        weights = QUANTITIES.get(thing.shelf, ONE)
        quantity = luck.choices(range(1, len(weights) + 1), weights)[0]
        comes_back = luck.random() < RETURNED[kind] * RETURNED_OF.get(thing.shelf, 1.0)
        after = timedelta(days=min(28.0, 3 + luck.expovariate(1 / 9)))
        if thing.sku not in found:
            line_way = Intent.digital if thing.digital else way
            back = after if comes_back and not thing.digital else None
            found[thing.sku] = SaleLine(thing.sku, quantity, line_way, back)
    return tuple(found.values())


def _journey(
    luck: _Luck, person: Person, kind: K, channel: str, at: datetime, begun: K | None
) -> tuple[Touch, ...]:
    """Through which channels and on which devices the order came about; the last touch is the purchase."""
    start = _start(luck, person, kind, begun)
    changes, gap = luck.random() < CHANGES_DEVICE, luck.expovariate(1 / 20.0)
    before = at - timedelta(hours=min(gap, 96.0), minutes=4)
    if start is None:
        return (_last(luck, kind, channel, at),)
    place, own = _channel(start, person.market), DEVICES.get(start, DEVICES[K.web])
    finish = DEVICES.get(kind) or own
    here = [one for one in own if changes or one in finish]
    device = luck.choices(here, [own[one] for one in here])[0]
    others = [other for other in finish if other is not device] or [
        D.desktop if device is D.phone else D.phone
    ]
    then = luck.choices(others, [finish.get(other, 1.0) for other in others])[0] if changes else device
    began = Touch(before, place, "customer", device)
    if kind in DIGITAL:
        if not changes and place == channel:
            return (replace(began, at=at),)
        return began, Touch(at, channel, "customer", then)
    looked = (Touch(before + timedelta(minutes=3), place, "customer", then),) if changes else ()
    return (began, *looked, _last(luck, kind, channel, at))


def _start(luck: _Luck, person: Person, kind: K, begun: K | None) -> K | None:
    """The digital way in which an order began; None where no digital device of hers was in it."""
    elsewhere, in_store = luck.random() < STARTS_ELSEWHERE, luck.random() < BEGUN_ONLINE_FINISHED_IN_STORE
    own = [one for one in person.kinds if one in DIGITAL]
    others = [one for one in own if one is not kind]
    if begun is not None:
        return begun
    if kind in DIGITAL:
        return others[0] if elsewhere and others else kind
    return own[0] if own and in_store and (kind is K.till or kind in DESKS) else None


def _last(luck: _Luck, kind: K, channel: str, at: datetime) -> Touch:
    if kind is K.till:
        return Touch(at, channel, "staff", D.till)
    if kind in DESKS:
        return Touch(at, channel, "staff", D.tablet if kind is K.field_sales else D.desktop)
    return Touch(at, channel, "api_key", None)


__all__ = ["Goods", "Sale", "SaleLine", "kinds_in", "year"]
