"""Lists of names looked for all at once, by members of staff and associations: tables in, answers out."""
