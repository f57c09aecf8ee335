"""Scanning for a hub: what one machine sees, put together and pushed. It keeps no state and opens no ticket."""
