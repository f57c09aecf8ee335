"""A Kubernetes cluster, read with the least rights. What it forbids or is silent about is a gap, never an absence."""
