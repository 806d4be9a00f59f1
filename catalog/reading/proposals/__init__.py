"""Names proposed from texts, and the decisions about them."""
