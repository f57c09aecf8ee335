"""Rendering: templates to HTML. Sandboxed, escaped, and whatever an expression puts into a page is made harmless."""

from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from starlette.responses import HTMLResponse

from incidentd.planning.phrases import counted, short
from incidentd.planning.sanitize import sanitize

TEXT_CUT = 2000


def _harmless(value: Any) -> Any:
    """Every text that is not markup of our own loses its controls, bidi and zero-width marks."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return sanitize(value, TEXT_CUT)
    return value


def environment() -> ImmutableSandboxedEnvironment:
    """The templates of this package."""
    made = ImmutableSandboxedEnvironment(
        loader=PackageLoader("incidentd.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["short"] = short
    made.filters["counted"] = counted
    return made


class Pages:
    """Renders the templates by name."""

    def __init__(self) -> None:
        self._templates = environment()

    def answer(self, name: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """One page. `values` are what its template names, all of them."""
        return HTMLResponse(self._templates.get_template(f"{name}.html").render(values), status_code)
