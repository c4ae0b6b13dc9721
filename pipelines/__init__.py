"""The steps joined to Kubeflow pipelines, and how they are compiled and run."""
