"""The SQL of promotions: `kept` holds promotions with their versions, `usage` counts them, `codes` has codes and their
pools, `rewards` what orders earn.
"""
