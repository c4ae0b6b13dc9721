"""What is owed to the people in the data: the audit trail, tracing, erasure, export and retention."""
