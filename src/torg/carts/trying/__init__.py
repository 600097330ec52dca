"""What a promotion would do to a cart, before anybody gets it: one that is kept, or one that is only being thought of.

Nothing is changed, counted or kept by it. The answer is the cart's own reckoning, once without the promotion and once
with it beside all the others, so nothing is different when it begins.
"""

from torg.carts.trying.try_promotion import Basket, Tried, Wanted, try_promotion

__all__ = ["Basket", "Tried", "Wanted", "try_promotion"]
