"""Jira sites of our own, Cloud and Data Center, as the vendor documents them, with a clock and people that we move."""

from incidentd.sandbox.jira.app import API_TOKEN, EMAIL, PROJECT, Jira
from incidentd.sandbox.jira.datacenter import DataCenter
from incidentd.sandbox.jira.workflow import Status, Transition, Workflow, default_workflow

__all__ = [
    "API_TOKEN",
    "EMAIL",
    "PROJECT",
    "DataCenter",
    "Jira",
    "Status",
    "Transition",
    "Workflow",
    "default_workflow",
]
