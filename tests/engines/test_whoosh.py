"""Whoosh keeps the contract; and what is particular to it."""

from pathlib import Path

from catalog.engines.interface import Engine
from catalog.engines.whoosh_engine import WhooshEngine
from tests.engines.contract import EngineContract


class TestWhoosh(EngineContract):
    """The default engine."""

    keeps_places = False

    def make(self, folder: Path) -> Engine:
        """In a folder."""
        return WhooshEngine(folder)
