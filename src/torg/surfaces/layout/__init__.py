"""The frame and the parts that all pages share: base page, forms, notices, tables, in templates."""
