"""Codes of the rooms below in sentences for a person."""
