"""The built-in queue: tickets in the state database, for who has no tracker yet."""
