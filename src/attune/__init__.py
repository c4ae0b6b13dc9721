"""Attune turns a product's conversations into a fine-tuned assistant that its owners can prove private, safe and better."""

__version__ = "0.1.0"
