"""The whole configuration: one schema, one loader, and the only reader of the environment.

Values are never repeated in an error, since any of them may be a secret in the wrong place.
"""

from incidentd.settings.environment import PUSH_TOKEN_VARIABLE, environment
from incidentd.settings.layers import Origin, OriginKind, Origins
from incidentd.settings.loading import Loaded, load_policy, load_settings
from incidentd.settings.schema import Settings
from incidentd.settings.showing import effective, effective_lines, effective_origins, json_schema
from incidentd.settings.values import guard_limits_of, owners_of, policy_in, policy_of, routes_of

__all__ = [
    "PUSH_TOKEN_VARIABLE",
    "Loaded",
    "Origin",
    "OriginKind",
    "Origins",
    "Settings",
    "effective",
    "effective_lines",
    "effective_origins",
    "environment",
    "guard_limits_of",
    "json_schema",
    "load_policy",
    "load_settings",
    "owners_of",
    "policy_in",
    "policy_of",
    "routes_of",
]
