"""Files, folders and globs: certificates that are stored on a disk. A folder that cannot be read proves nothing."""
