"""Mutants of real certificates are classified, never crash, and are never told a later end than OpenSSL tells."""

from tests.x509.mutants import run, seeds


def test_three_thousand_mutants_are_classified_and_dated_as_openssl_does() -> None:
    """No crash, no later end, and the same end in 99.5 % of what OpenSSL still dates."""
    tally = run(3_000, seed=20130222, starts=seeds())
    figure = f"{tally.equal} of {tally.dated_by_openssl} equal ({tally.agreement:.2%})"
    assert tally.mutants == 3_000
    assert tally.crashes == []
    assert tally.later == []
    assert tally.dated_by_openssl > 300, figure
    assert tally.agreement >= 0.995, figure
