"""What the guard holds is said in few words, ground by ground, however much it is."""

from incidentd.model.assessment import PlaceStatus
from incidentd.model.plan import Hold
from incidentd.model.policy import GuardLimits
from incidentd.planning.holding import grounds, what_is_held
from tests.planning.desk import desk_of, due, fleet, found, settled
from tests.policy.builders import certificate, place


def test_each_ground_is_told_once_with_how_much_it_holds() -> None:
    """Openings that wait, removals that are too many, and a folder that is not believed."""
    certificates = fleet(20)
    desk = desk_of(certificates, GuardLimits(open_per_hour=20))
    desk.run()
    for each in certificates[:7]:
        desk.judge(each, settled(each))
    gone = found(place(), PlaceStatus.RETIRED, suspect=True)
    desk.judge(certificates[7], due(certificates[7], gone, suspect=True))
    new = certificate()
    held = desk.judge(new, due(new)).plan().held
    assert list(what_is_held(held)) == [
        "the guard holds 1 action: a folder or source lost so much at once that its removals are not believed "
        "without approval",
        "the guard holds 7 actions: 7 of 20 open incidents would end in one pass without a successor: "
        "by removals, or by the configuration. At most 5 do so by themselves",
        "the guard holds 1 action: at most 20 new incidents an hour, and 20 urgent ones",
    ]
    assert sum(len(ground.held) for ground in grounds(held)) == len(held)
    assert {ground.hold for ground in grounds(held)} == {Hold.OPEN_RATE, Hold.REMOVAL_SHARE, Hold.SUSPECT_SOURCE}


def test_nothing_held_is_nothing_said() -> None:
    """No line at all."""
    assert list(what_is_held(())) == []
