"""Compares derived values with what the rules give now: standing, reference codes, days, years and keys, units, forms,
counts.

The search room compares the index with the catalogue (`manage.py index --check`).
"""
