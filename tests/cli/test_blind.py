"""Blindness on the command line: said, shown beside the certificates' incidents, and never taken for one of them."""

from tests.cli.site import Site


def test_what_incidentd_is_blind_to_is_shown_apart(site: Site) -> None:
    """`plan`, `run --once`, `incidents` and `explain`, with a heartbeat that nobody hears and nobody is told of."""
    sources = {**site.config["sources"], "gone": {"kind": "files", "paths": [str(site.folder / "nowhere/*.pem")]}}
    queue = {"kind": "local"}
    site.configure(
        sources=sources,
        trackers={"queue": queue, "own": queue},
        routes=[{"tracker": "queue"}],
        self_tracker="own",
        heartbeat={"url": "http://127.0.0.1:9/ping/t0ken"},
    )
    site.certificate("api.pem", 30)
    planned = site.run("plan", "--json").document
    assert [(one["cause"], one["action"], one["tracker"]) for one in planned["self"]] == [
        ("source:gone", "open", "own")
    ]
    assert len(planned["open"]) == 1
    shown = site.run("plan")
    assert "open     incidentd cannot look at source gone  -> own  (of incidentd itself)" in shown.out
    passed = site.run("run", "--once")
    assert passed.code == 1
    assert "source gone failed" in passed.err
    listed = site.run("incidents", "--json").document
    assert [one["ticket"] for one in listed["incidents"]] == ["LOCAL-1"]
    assert [(one["ticket"], one["tracker"]) for one in listed["self_incidents"]] == [("LOCAL-2", "own")]
    table = site.run("incidents").out
    assert "Of incidentd itself:" in table
    refused = site.run("explain", "LOCAL-2")
    assert refused.code == 1
    assert "this ticket is about incidentd itself" in refused.err
    site.configure(sources={name: one for name, one in sources.items() if name != "gone"})
    unheard = site.run("run", "--once")
    assert unheard.code == 0
    assert "the heartbeat is not heard: could not connect" in unheard.err
    everything = shown.out + shown.err + passed.err + unheard.err + site.run("config", "show").out
    assert "t0ken" not in everything
