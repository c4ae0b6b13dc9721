"""The parameters: one module for each section of ``params.yaml``, and the rules across sections."""
