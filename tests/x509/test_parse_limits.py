"""What a certificate may cost: time, memory and an operator's attention, however hostile it is."""

import subprocess
import sys
import time
import tracemalloc

import pytest

from incidentd.x509.field_by_field import Refusal, attempt
from incidentd.x509.parse import MAX_CERTIFICATE_BYTES, parse_certificate
from tests.x509.samples import BAD_VERSION, alternative_names, certificate_der, handmade, name_der, parsed_whole, tlv


@pytest.mark.parametrize("version", [b"\xa0\x03\x02\x01\x02", BAD_VERSION])
def test_ten_thousand_names_are_read_within_a_second_and_50_mb(version: bytes) -> None:
    """All are kept for matching, by the library and by our own walk."""
    names = [f"host-{number:05}.blob.example.net" for number in range(10_000)]
    der = certificate_der(names=names).replace(b"\xa0\x03\x02\x01\x02", version, 1)
    started = time.process_time()
    parsed = parsed_whole(der)
    assert time.process_time() - started < 1
    assert parsed.names == tuple(names)
    tracemalloc.start()
    parse_certificate(der)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 50_000_000


def test_names_beyond_ten_thousand_are_counted_and_not_kept() -> None:
    """The note says how many there are."""
    parsed = parsed_whole(handmade(extensions=[alternative_names(*[tlv(0x82, b"a.example")] * 10_001)]))
    assert len(parsed.names) == 10_000
    assert parsed.unread == ("names: the first 10000 of 10001 were kept",)


def test_the_largest_hostile_certificate_takes_seconds_at_most() -> None:
    """Three hundred thousand names in just under 1 MB, refused by the library."""
    der = handmade(version=BAD_VERSION, extensions=[alternative_names(*[b"\x82\x01a"] * 345_000)])
    assert len(der) < MAX_CERTIFICATE_BYTES
    started = time.process_time()
    assert len(parsed_whole(der).names) == 10_000
    assert time.process_time() - started < 5


def test_odd_certificates_write_nothing_to_the_terminal() -> None:
    """The library's own warnings (here: of a serial number that is not positive) stay out of an operator's sight."""
    der = handmade(serial=b"\x02\x01\x80", subject=name_der(b"", oid=b"\x55\x04\x06"))
    script = f"from incidentd.x509.parse import parse_certificate as p; print(p({der!r}).serial)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("-80\n", "")


def test_a_panic_inside_the_library_is_a_refusal() -> None:
    """pyo3's PanicException is no Exception; it must not end a sweep. A person's Ctrl-C must end it."""

    class PanicException(BaseException):
        """As pyo3 names it."""

    def panic() -> None:
        raise PanicException("attempt to subtract with overflow")

    def interrupt() -> None:
        raise KeyboardInterrupt

    assert isinstance(attempt(panic), Refusal)
    with pytest.raises(KeyboardInterrupt):
        attempt(interrupt)
