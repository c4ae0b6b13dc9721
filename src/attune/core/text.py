"""Text as it should be: NFC UTF-8, and repaired where it was once decoded with the wrong table."""
