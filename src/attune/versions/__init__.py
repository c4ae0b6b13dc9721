"""What is done with a dataset version once it stands: show, compare, export, push, pull."""
