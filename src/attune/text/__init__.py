"""Text: repair, markup, normalization, language."""
