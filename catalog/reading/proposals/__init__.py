"""Names proposed from texts, and what people decide of them."""
