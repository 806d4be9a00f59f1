"""tantivy keeps the contract."""

from pathlib import Path

import pytest

from catalog.engines.interface import Engine
from tests.engines.contract import EngineContract

pytestmark = pytest.mark.needs("tantivy")


class TestTantivy(EngineContract):
    """The embedded engine for large archives."""

    def make(self, folder: Path) -> Engine:
        """In a folder."""
        from catalog.engines.tantivy_engine import TantivyEngine

        return TantivyEngine(folder)
