"""Images given out: requests read, tiles kept in packs, everything else drawn."""
