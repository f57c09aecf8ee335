"""Configuration: what is read, from where, and how a mistake is named."""
