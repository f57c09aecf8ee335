"""Tests mirror the tree of incidentd: each says its behaviour in a sentence. Real things before fakes."""
