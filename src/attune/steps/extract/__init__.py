"""The step ``extract`` and its parts."""
