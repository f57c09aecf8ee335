"""The state: contract suites that any database must pass, and what is particular to SQLite files."""
