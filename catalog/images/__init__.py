"""Images of pages: storing them, showing them, serving them, checking their checksums."""
