"""tantivy keeps the contract."""

import sys
from pathlib import Path

import pytest

from catalog.engines.interface import Engine, EngineError, keys_of
from tests.engines.contract import EngineContract, document

pytestmark = pytest.mark.needs("tantivy")


class TestTantivy(EngineContract):
    """The embedded engine for large archives."""

    def make(self, folder: Path) -> Engine:
        """In a folder."""
        from catalog.engines.tantivy_engine import TantivyEngine

        return TantivyEngine(folder)

    def test_a_helper_that_ends_too_soon_takes_nothing_away(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A rebuild has a second process prepare its documents; without it the index is unchanged."""
        from catalog.engines.preparing import IN_THIS_PROCESS

        many = IN_THIS_PROCESS + 600
        before = keys_of(engine)
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/bin/true")
            with pytest.raises(EngineError):
                engine.rebuild(document(number, "Giấy", "mới") for number in range(many))
        assert keys_of(engine) == before
        assert engine.rebuild(document(number, "Giấy", "mới") for number in range(many)) == many
        assert self.keys_of_hits(engine, "mới", limit=1) and len(keys_of(engine)) == many
