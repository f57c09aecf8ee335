"""Jira: one issue a certificate, found again by its marker."""
