"""Serving images: stored tiles in packs, everything else drawn at the request."""
