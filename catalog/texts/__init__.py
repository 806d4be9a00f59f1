"""Texts of pages: boxes kept small, versions, files in other forms read and written."""
