"""Lists of names that members of staff and associations search all at once: from uploaded tables to answers."""
