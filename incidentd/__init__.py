"""incidentd: exactly one incident for each certificate that runs out."""
