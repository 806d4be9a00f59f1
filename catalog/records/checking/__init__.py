"""What is derived, compared with what the rules say now: standing, reference codes, days, years and keys, units, forms,
counts.

The index is held against the catalogue by the search room (`manage.py index --check`).
"""
