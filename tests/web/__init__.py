"""The web side: real installations, asked in process or over HTTP."""
