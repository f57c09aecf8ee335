"""The replay of February 2013: a cast, a script, and a telling. Only the clock is simulated.

The script says what happens in the world and what must then be read back from the trackers and the ledger. What was
not read back is not told: a replay that comes out differently ends with an error.
"""
