"""Giving records out, and taking archives in, in the forms other systems and people write."""
