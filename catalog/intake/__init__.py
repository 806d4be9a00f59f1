"""Files taken in: looked at, decoded once in a child, kept byte for byte, or put aside with the reason."""
