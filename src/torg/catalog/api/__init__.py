"""The catalogue's HTTP face for staff and programs: what sales channels show is `surfaces/storefront`."""

from torg.catalog.api import products, words

ROUTES = [*products.ROUTES, *words.ROUTES]
