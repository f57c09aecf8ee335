"""A year of a thousand certificates, hour by hour: the daemon's own passes in virtual time, held against the truth."""
