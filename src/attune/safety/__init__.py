"""What a reply must never advise."""
