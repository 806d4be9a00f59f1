"""Names: every way a typed name can be read, keys for candidates, and comparison with reasons as data.

Source: domain notes, section 5 (pipeline 5.1, weights 5.2). A first version: VNI, VIQR and rarity are still to come.
"""

from catalog.rules.names.compare import NameComparison, Reason, compare_names
from catalog.rules.names.reading import name_keys, readings

__all__ = ["NameComparison", "Reason", "compare_names", "name_keys", "readings"]
