"""Object stores: what lies there, which family it is of, and how it is read."""
