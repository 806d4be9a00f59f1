"""How 0.4.2 read dates and units, kept as it was: migration 0013 asks it what was derived and what a person gave.

Never changed, and used by that migration alone.
"""
