"""One thin Kubeflow component per step: typed artifacts, and a body that calls the step."""
