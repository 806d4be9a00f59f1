"""Texts of pages: versions, packed word boxes, reading and writing files in other formats."""
