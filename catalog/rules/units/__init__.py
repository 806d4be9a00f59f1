"""Units: free text read into the notation of docs/field/units.md, Notation, and compared in that notation.

Our extensions to the notation: `lu#` for a brigade, above d and below f, stored with the levels above a division;
`huyendoi:` for a district unit, `binhtram:` for a station of the Trường Sơn road; `arvn:`, `rok:`, `aus:`, `thai:` and
`fr:` in addition to `us:`. A provincial unit, a district unit or a brigade may have one more upper name.
"""

from catalog.rules.units.compare import UnitComparison, compare_units, unit_contains, unit_family
from catalog.rules.units.notation import base_number
from catalog.rules.units.reading import UnitReading, is_unit_query, parse_unit

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
