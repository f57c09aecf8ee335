"""Whole lives of one installation under every fault, in virtual time; what must hold is checked after every step.

The product's own daemon, planning, trackers and store (real SQLite) run as they are. Only the ports are ours: the
clock, chance, the worker that runs what blocks, the network, and the applications behind the HTTP client.
"""
