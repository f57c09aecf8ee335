"""A state in a folder that somebody else owns."""

import pytest

from incidentd.errors import StoreError
from incidentd.store.opening import open_store
from tests.nobody import as_nobody, reachable_folder


def test_a_state_folder_that_may_not_be_written_is_said() -> None:
    """Where, and what to look at; nothing is left behind."""
    with reachable_folder() as folder:
        open_store(f"sqlite:///{folder}/ours.db").close()
        with as_nobody(), pytest.raises(StoreError) as refused:
            open_store(f"sqlite:///{folder}/theirs.db")
        assert not (folder / "theirs.db").exists()
    assert str(folder) in str(refused.value)
    assert refused.value.hint
