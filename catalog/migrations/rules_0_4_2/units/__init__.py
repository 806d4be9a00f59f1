"""Units: read from whatever was written into the notation of domain notes, section 4, and compared in it.

Our extensions to the notation: `lu#` for a brigade, above d and below f, kept with what is above a division;
`huyendoi:` for a district unit, `binhtram:` for a station of the Trường Sơn road; `arvn:`, `rok:`, `aus:`, `thai:` and
`fr:` beside `us:`. A provincial unit, a district unit or a brigade may have one other upper name beside it.
"""

from catalog.migrations.rules_0_4_2.units.compare import UnitComparison, compare_units, unit_contains, unit_family
from catalog.migrations.rules_0_4_2.units.notation import base_number
from catalog.migrations.rules_0_4_2.units.reading import UnitReading, is_unit_query, parse_unit

__all__ = [
    "UnitComparison",
    "UnitReading",
    "base_number",
    "compare_units",
    "is_unit_query",
    "parse_unit",
    "unit_contains",
    "unit_family",
]
