"""What `incidentd check` is made of: arguments, looking, the verdict, one module a format. No state, no settings."""
