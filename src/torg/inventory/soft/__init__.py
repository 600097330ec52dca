"""What carts keep from being sold to others: soft holds, which refuse nothing, are limited per holder, and end by time.

A soft hold is in a level's `reserved` like any other, so every channel sees it at once. Those that are asked for at the
same time are kept together, each with an answer of its own (`flush`); when the cart is bought they are pinned: given up
in the transaction, and under the locks, in which the checkout's holds are made.
"""
