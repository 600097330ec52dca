"""What a sales channel shows to anybody: its products with prices and stock, as JSON.

Composes catalogue, prices and stock and decides nothing. A page of products takes three statements whatever is on it.
Promises that nothing comes out but what the channel publishes: no drafts, no closed channels, no costs, no exact stock
beyond what a shop would say.
"""
