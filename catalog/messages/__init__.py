"""Translates codes of the rooms below into sentences for people."""
