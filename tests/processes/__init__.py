"""Real processes of incidentd on real SQLite, against the sandbox over real sockets: killed, stopped, starved, misled.

Law: whatever happened to them, at rest each due certificate has exactly one open ticket, and none was closed falsely.
"""
