"""Owner: who a certificate's incident is for, and by which rule. Without one it is unowned, and that is said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """A name in the words of labels or of the rule file."""

    name: str = ""
    """Empty: nobody is known to own it."""
    rule: str = "nothing names an owner"
    """Which rule won, for a person: `label team= on tls://…`."""

    @property
    def words(self) -> str:
        """`payments-sre (label team= on tls://…)`."""
        return f"{self.name or 'unowned'} ({self.rule})"


UNKNOWN = Owner()


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """One line of a rule file."""

    pattern: str
    owner: str
    """Empty: what matches is nobody's, whatever the lines above it say."""
    line: int
    """Counted from 1."""


@dataclass(frozen=True, slots=True)
class Owners:
    """How owners are found: by label, else by rule, else the default."""

    labels: tuple[str, ...] = ("owner", "team")
    """The first that any place carries decides."""
    file: str = ""
    """The rule file's name, for a person."""
    rules: tuple[OwnerRule, ...] = ()
    """As they stand in the file: the last one that matches wins, as in a CODEOWNERS file."""
    default: str = ""
