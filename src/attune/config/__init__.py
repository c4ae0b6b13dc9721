"""Parameters: rules that hold across the sections of ``params.yaml``."""
