"""Archives that never were, in real proportions and any size: for trying and measuring. Everything in them is
marked."""
