"""Settings of sources: what the configuration may say, and what it is told when it says something else."""

from datetime import timedelta

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from incidentd.model.location import Role
from incidentd.sources import FilesSettings, SourceSettings, TlsSettings

SETTINGS: TypeAdapter[SourceSettings] = TypeAdapter(SourceSettings, config=ConfigDict(hide_input_in_errors=True))


def test_a_tls_source_takes_lines_and_mappings() -> None:
    """Both ways to write a target come out as endpoints."""
    settings = SETTINGS.validate_python(
        {
            "kind": "tls",
            "labels": {"env": "prod"},
            "interval": "1h",
            "targets": [
                "blob.example.net",
                {"host": "192.0.2.7", "port": 8443, "server_name": "queue.example.net", "labels": {"region": "eu"}},
                {"host": "mx.example.net", "starttls": "smtp"},
                "smtp://mx2.example.net",
            ],
        }
    )
    assert isinstance(settings, TlsSettings)
    assert settings.interval == timedelta(hours=1)
    assert [written.target().uri for written in settings.targets] == [
        "tls://blob.example.net:443",
        "tls://192.0.2.7:8443?sni=queue.example.net",
        "smtp://mx.example.net:25",
        "smtp://mx2.example.net:25",
    ]


def test_a_files_source_is_stored_unless_said_otherwise() -> None:
    """Files are copies by default; a source may say that clients get them from there."""
    assert FilesSettings(kind="files", paths=("/etc/pki",)).role is Role.STORED
    served = SETTINGS.validate_python({"kind": "files", "paths": ["/etc/pki"], "role": "served"})
    assert isinstance(served, FilesSettings)
    assert served.role is Role.SERVED


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kind": "tls"}, "needs targets or a targets_file"),
        ({"kind": "tls", "targets": ["a.test"], "sample": 2}, "Extra inputs"),
        ({"kind": "tls", "targets": ["a.test"], "samples": 0}, "greater than or equal to 1"),
        ({"kind": "tls", "targets": ["a.test:0"]}, "1 to 65535"),
        ({"kind": "tls", "targets": [{"host": "a.test", "starttls": "gopher"}]}, "smtp"),
        ({"kind": "tls", "targets": [{"host": "a.test", "server_name": "b b"}]}, "not a host name"),
        ({"kind": "tls", "targets": ["a.test"], "interval": "0s"}, "at least 1s"),
        ({"kind": "tls", "targets": ["a.test"], "interval": 60}, "needs a unit"),
        ({"kind": "tls", "targets": ["a.test", {"host": "A.test", "labels": {"x": "y"}}]}, "with other labels"),
        ({"kind": "files"}, "Field required"),
        ({"kind": "files", "paths": []}, "at least 1"),
        ({"kind": "files", "paths": [""]}, "at least 1"),
        ({"kind": "ldap"}, "'tls', 'files'"),
    ],
)
def test_what_makes_no_sense_is_said(settings: dict[str, object], said: str) -> None:
    """Each mistake has its own words, and none repeats what was written."""
    with pytest.raises(ValidationError, match=said) as caught:
        SETTINGS.validate_python(settings)
    assert "input_value" not in str(caught.value)


def test_the_same_target_twice_is_no_mistake() -> None:
    """Generated lists repeat themselves."""
    assert TlsSettings.model_validate({"kind": "tls", "targets": ["a.test", "A.test:443"]}).samples == 1


def test_the_schema_takes_both_ways_to_write_a_target() -> None:
    """Editors that check against the schema accept a line of text."""
    properties = TlsSettings.model_json_schema()["properties"]
    assert {"type": "string"} in properties["targets"]["items"]["anyOf"]
