"""Export of records and import of archives in the formats of other systems."""
