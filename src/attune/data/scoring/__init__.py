"""What a record is worth, and what leaves it out."""
