"""A dead token and a secret file that is gone: one clear text, what to do, and no secret in it."""

from pathlib import Path

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.secret import SecretReference
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.stage import Stage

CANARY = "canary-5f3a91c0-secret"


class CredentialStories:
    """What a person reads when we may not in."""

    async def test_a_dead_token_is_said_with_what_to_do(self, stage: Stage) -> None:
        """Where, what, and which setting to look at: the same in every outcome, and the token in none."""
        made = await stage.opened()
        stage.app.unauthorized = True
        with pytest.raises(TrackerError) as caught:
            await stage.tracker.read([made.ref])
        texts = [str(caught.value)] + [
            getattr(outcome, "text", "")
            for outcome in (
                await stage.tracker.open(content("b" * 64)),
                await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)),
                await stage.tracker.close(made.ref, content().key, FIXED),
            )
        ]
        for text in texts:
            assert "401" in text
            assert "check " in text
            assert not any(secret in text for secret in stage.secrets())

    async def test_a_secret_file_that_is_gone_is_said_with_what_to_do(self, stage: Stage, tmp_path: Path) -> None:
        """Its path and its setting; nothing is sent, nothing is lost, and the next attempt reads it again."""
        file = tmp_path / "token"
        tracker = stage.with_token(SecretReference(path=file).read)
        with pytest.raises(TrackerError) as caught:
            await tracker.find(content().key, content().marker)
        assert caught.value.kind is TrackerFailure.UNAUTHORIZED
        assert str(file) in str(caught.value)
        assert "api_token_file" in str(caught.value)
        assert stage.app.journal == []
        file.write_text(CANARY)
        with pytest.raises(TrackerError) as refused:
            await tracker.find(content().key, content().marker)
        assert "401" in str(refused.value)
        assert CANARY not in str(refused.value)
