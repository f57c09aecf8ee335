"""`python -m incidentd` is `incidentd`."""

from incidentd.cli.main import main

if __name__ == "__main__":
    main()
