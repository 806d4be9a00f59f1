"""One module per environment: local (the demo and development), test, production. `base` is never used alone."""
