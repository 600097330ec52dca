"""A cart changes hands: it becomes a customer's, goes into another, is taken to a till or phone, waits in a store."""
