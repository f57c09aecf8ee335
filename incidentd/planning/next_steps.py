"""Next steps: what somebody who reads the ticket does next, and the commands to copy for it."""

import shlex
from urllib.parse import parse_qs, urlsplit

from incidentd.model.assessment import Assessment, Stage
from incidentd.model.location import Location
from incidentd.planning.sanitize import sanitize

ACTION = {
    Stage.DUE: "Renew it, then deploy the new one everywhere it is served.",
    Stage.RENEWED_NOT_DEPLOYED: "Deploy the newer certificate: renewing alone changes nothing for clients.",
    Stage.RELEASE_LATE: "Pull the release forward, or deploy the newer certificate without it.",
    Stage.PARTLY_DEPLOYED: "Deploy the newer certificate at the remaining places.",
    Stage.MISMATCH: "Find out what stands in its place and deploy a certificate that covers the name.",
    Stage.EXPIRED: "Clients are failing now: deploy a valid certificate at once.",
}
REPLACE = "Renew it, then replace or remove every stored copy; nothing was seen to serve it."
WAIT = "Nothing to deploy: every place shows the newer certificate. It is closed once that is proven."
LEAVE = "Leave this open: it is closed by itself, on proof."
CHECK = "Check that every place serves the new one."


def action(assessment: Assessment, *, expired: bool, served: bool = True) -> str:
    """The next thing to do, in one sentence. `served`: it was seen where clients get it."""
    if proof_pending(assessment):
        return WAIT
    if not served:
        return REPLACE
    return ACTION[Stage.EXPIRED if expired else assessment.stage]


def tasks(assessment: Assessment) -> tuple[str, ...]:
    """What has to be done until it is over, in order."""
    if proof_pending(assessment):
        return (CHECK, LEAVE)
    if assessment.stage is Stage.MISMATCH:
        return ("Find out what stands in its place.", "Deploy a certificate that covers the name.", CHECK, LEAVE)
    if assessment.stage is Stage.RELEASE_LATE:
        return ("Find the release that brings it in time, or a way without one.", "Deploy it.", CHECK, LEAVE)
    if assessment.stage is Stage.DUE or (assessment.stage is Stage.EXPIRED and assessment.successor is None):
        return ("Find out why renewal has not happened.", "Renew.", "Deploy.", CHECK, LEAVE)
    return ("Find out why the newer certificate is not deployed.", "Deploy it.", CHECK, LEAVE)


def proof_pending(assessment: Assessment) -> bool:
    """True when all that can be deployed is."""
    return 0 < assessment.deployable == assessment.deployed


def commands(location: Location, fingerprint: str) -> tuple[str, ...]:
    """What to paste into a shell: a look with a tool that is everywhere, and why incidentd thinks as it does."""
    return (_look(location), f"incidentd explain {fingerprint[:8]}")


def _look(location: Location) -> str:
    parts = urlsplit(location.uri)
    if parts.scheme == "file":
        return f"incidentd check {quoted(location.uri)}"
    asked = parse_qs(parts.query).get("sni", [location.asked_name or ""])[0]
    name = f" -servername {quoted(asked)}" if asked else " -noservername"
    starttls = "" if parts.scheme == "tls" else f" -starttls {quoted(parts.scheme)}"
    return (
        f"openssl s_client -connect {quoted(parts.netloc)}{name}{starttls} </dev/null"
        " | openssl x509 -noout -fingerprint -sha256 -enddate"
    )


def quoted(text: str) -> str:
    """As one word of a shell, harmless."""
    return shlex.quote(sanitize(text))
