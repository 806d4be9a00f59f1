"""How 0.4.2 read dates and units and packed the boxes of words, kept as it was for the migrations that need it.

Never changed. Used by migrations 0009 (boxes), 0013 (what was derived and what a person gave) and 0019 (`canonical`) alone.
"""
