"""Is the model better and safe: measurements, their intervals, and the decision that follows from them."""
