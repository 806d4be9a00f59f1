"""Images of pages: kept, shown, given out, held against their checksums."""
