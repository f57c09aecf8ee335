"""The board, the API, and what probes and Prometheus read. It shows and never decides; nothing here changes anything.

All outside text is made harmless on its way into a page, and every answer says what a browser may do with it.
"""
