"""Decision: pure functions from what is desired and what is there to a guarded plan, and every human sentence."""
