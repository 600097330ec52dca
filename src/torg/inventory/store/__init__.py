"""The SQL of stock: `ledger` writes balances, `reads` looks at them, `delivery` keeps the delivery methods."""
