"""What every tracker must do, as stories that run against each of them through its stage.

A kind of tracker joins by a subclass of TrackerContract with a `stage` fixture.
"""

from tests.trackers.contract_budget import BudgetStories
from tests.trackers.contract_credentials import CredentialStories
from tests.trackers.contract_healing import HealingStories
from tests.trackers.contract_life import LifeStories
from tests.trackers.contract_trouble import TroubleStories


class TrackerContract(LifeStories, TroubleStories, BudgetStories, CredentialStories, HealingStories):
    """The stories. Every request of theirs is also judged by the vendor's document, where that is at hand."""
