"""From where an order is sent: ordered rules per channel, or the least cost; every decision is kept with its reasons.

A rule leaves places out, ranks the others and takes the fewest that together have everything; the first rule that
decides wins. The decision is made on locked levels, in the transaction that holds the goods, so what is decided is
what is held. A channel without rules asks its locations in their order.
"""
