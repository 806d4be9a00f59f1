"""Whoosh keeps the contract; and what is particular to it."""

from pathlib import Path

import pytest

from catalog.engines.interface import Engine, EngineError
from catalog.engines.whoosh_engine import WhooshEngine
from tests.engines.contract import EngineContract, document


class TestWhoosh(EngineContract):
    """The default engine."""

    keeps_places = False

    def make(self, folder: Path) -> Engine:
        """In a folder."""
        return WhooshEngine(folder)

    def test_a_file_cut_short_while_it_is_open_is_an_engine_error(self, engine: Engine, tmp_path: Path) -> None:
        """Reading a mapped file beyond its end would kill the process."""
        papers = [
            document(number, f"Tờ {number}", " ".join(f"chữ{number % small}" for small in range(2, 90)))
            for number in range(1500)
        ]
        engine.rebuild(papers)
        assert len(self.keys_of_hits(engine, "chữ1")) == 20
        for file in tmp_path.rglob("*.seg"):
            file.write_bytes(b"")
        with pytest.raises(EngineError):
            for number in range(2, 89):
                self.keys_of_hits(engine, f"chữ{number}")
