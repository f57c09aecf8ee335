"""The command line: one module a command family. Modules import late, so that `--help` is quick."""
