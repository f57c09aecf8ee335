"""Which certificates a build carries, or changes: a file, a folder, an archive, an image, a range of commits.

Whoever made the build is not trusted. Nothing is ever written out of it, so no name in it leads anywhere; every length
has a cap; and what could not be read is said, never taken for nothing. Start with `scan`.
"""
