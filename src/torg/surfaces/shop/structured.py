"""What a page says to search engines: schema.org as JSON-LD, the same facts that people see and no others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from torg.kernel.access import browser
from torg.kernel.http import Calling
from torg.kernel.money import exponent
from torg.markets import Store
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.storefront.views import Availability, ShopCategory, ShopPrice, ShopProductDetail

Facts = dict[str, Any]
CONTEXT: Final = "https://schema.org"
AVAILABLE: Final = {
    Availability.in_stock: "InStock",
    Availability.low: "LimitedAvailability",
    Availability.backorder: "BackOrder",
    Availability.preorder: "PreOrder",
    Availability.out: "OutOfStock",
}
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def origin(call: Calling) -> str:
    """Where this shop is on the web."""
    return browser.policy_of(call.request).origin


def shop(call: Calling, at: Front) -> Facts:
    """The shop itself, and how it is searched."""
    here = origin(call) + at.to()
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "url": here,
        "name": "Torg",
        "inLanguage": at.language,
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{here}/search?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }


def trail(call: Calling, at: Front, categories: Sequence[ShopCategory]) -> Facts:
    """The way from home down to the page."""
    steps = [(at.shop.market.called(at.language), at.to())]
    steps += [(category.name, at.to("c", category.slug)) for category in categories]
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": origin(call) + url}
            for number, (name, url) in enumerate(steps, 1)
        ],
    }


def product(call: Calling, at: Front, found: ShopProductDetail, way: Way) -> Facts:
    """The product with an offer for each variant that has a price."""
    here = origin(call)
    url = here + way.at(at.code, at.language)
    seller = at.shop.atlas.seller(at.shop.channel.seller).legal_name
    offers = [
        _offer(f"{url}?variant={variant.sku}", variant.sku, variant.price, variant.availability, seller)
        for variant in found.variants
        if variant.price is not None
    ]
    facts: Facts = {
        "@context": CONTEXT,
        "@type": "Product",
        "name": found.name,
        "url": url,
        "description": found.description,
        "image": [here + picture.picture.url for picture in found.pictures],
        "sku": found.variants[0].sku if found.variants else None,
        "gtin": found.variants[0].gtin if len(found.variants) == 1 else None,
        "brand": {"@type": "Brand", "name": "Torg"},
        "offers": offers or None,
    }
    return {name: value for name, value in facts.items() if value}


def store(call: Calling, at: Front, one: Store) -> Facts:
    """A store with its address and the hours of its week."""
    place = at.shop.atlas.location(one.location)
    site = one.address
    facts: Facts = {
        "@context": CONTEXT,
        "@type": "Store",
        "name": one.called(at.language),
        "url": origin(call) + at.to("stores", one.code),
        "telephone": one.phone,
        "email": one.email,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": ", ".join(site.lines),
            "postalCode": site.postal_code,
            "addressLocality": site.city,
            "addressCountry": site.country,
        },
        "geo": {
            "@type": "GeoCoordinates",
            "latitude": place.latitude_e6 / 1_000_000,
            "longitude": place.longitude_e6 / 1_000_000,
        },
        "openingHoursSpecification": list(_hours(one)),
    }
    return {name: value for name, value in facts.items() if value}


def _hours(one: Store) -> Iterable[Mapping[str, Any]]:
    for hours in one.opening_hours:
        yield {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": DAYS[hours.weekday - 1],
            "opens": hours.opens,
            "closes": "23:59" if hours.closes == "24:00" else hours.closes,
        }


def _offer(url: str, sku: str, price: ShopPrice, state: Availability, seller: str) -> Facts:
    amount = price.amount
    digits = exponent(amount.currency)
    units, parts = divmod(amount.amount, 10**digits)
    return {
        "@type": "Offer",
        "url": url,
        "sku": sku,
        "price": f"{units}.{parts:0{digits}d}" if digits else str(units),
        "priceCurrency": amount.currency,
        "availability": f"{CONTEXT}/{AVAILABLE[state]}",
        "itemCondition": f"{CONTEXT}/NewCondition",
        "seller": {"@type": "Organization", "name": seller},
    }
