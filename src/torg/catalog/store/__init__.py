"""The SQL of the catalogue: what stands in the tables, and nothing else; decisions are made in `rules`.

`products` holds the aggregate, `projections` what is derived from it in the same transaction, `tree` attributes and
categories, `shelf` what sales channels read.
"""
