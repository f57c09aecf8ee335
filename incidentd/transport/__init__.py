"""The one HTTP client: time-outs, caps, Retry-After, redaction. Nobody else knows the library that it is made of.

A request either yields a whole answer, whatever its status, or raises TransportError, whose `sent` says whether it may
have taken effect. Only what is idempotent is ever repeated. No text that leaves here holds a header, a body or a path.
"""

from incidentd.transport.answer import Answer, excerpt
from incidentd.transport.client import BODY_CAP_BYTES, TIMEOUT_SECONDS, Transport
from incidentd.transport.fence import fenced
from incidentd.transport.in_process import AsgiApp

__all__ = ["BODY_CAP_BYTES", "TIMEOUT_SECONDS", "Answer", "AsgiApp", "Transport", "excerpt", "fenced"]
