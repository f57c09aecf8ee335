"""A Jira Cloud site of our own: REST v3 as the vendor documents it, with a clock and people that we move."""

from incidentd.sandbox.jira.app import API_TOKEN, EMAIL, PROJECT, Jira
from incidentd.sandbox.jira.workflow import Status, Transition, Workflow, default_workflow

__all__ = ["API_TOKEN", "EMAIL", "PROJECT", "Jira", "Status", "Transition", "Workflow", "default_workflow"]
