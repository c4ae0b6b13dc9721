"""Reading a product database: one snapshot, user by user, all of it or what is new."""
