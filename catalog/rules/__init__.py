"""Rules of language and of the field: pure, without Django, each with its source."""
