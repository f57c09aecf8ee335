"""Tests of the source of Kubernetes clusters."""
