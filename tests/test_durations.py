"""Durations and thresholds read back as they were written, and nothing without a unit passes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from incidentd.durations import Duration, ThresholdSetting, duration_text, parse_duration, parse_threshold
from incidentd.model.threshold import Threshold


class Settings(BaseModel):
    every: Duration = timedelta(hours=1)
    threshold: ThresholdSetting = Threshold(months=3)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("30s", 30), ("10m", 600), ("24h", 86400), ("7d", 604800), ("2w", 1209600), (" 1h ", 3600)],
)
def test_a_number_with_a_unit_is_a_duration(text: str, seconds: int) -> None:
    """Each unit means what it says."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", [60, 1.5, True, None, "60", "", "h", "-1h", "1.5h", "1h30m", "1H", "1 h", "999999999w", "٣h"]
)
def test_anything_else_is_refused_with_an_example(value: object) -> None:
    """A plain number leaves the unit to guessing, so it is refused."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(value)


@given(st.integers(min_value=0, max_value=999_999_999))
def test_a_duration_reads_back_as_it_is_written(seconds: int) -> None:
    """Writing a whole number of seconds and reading it again changes nothing."""
    span = timedelta(seconds=seconds)
    assert parse_duration(duration_text(span)) == span


@pytest.mark.parametrize(("text", "threshold"), [("3mo", Threshold(months=3)), ("90d", Threshold(days=90))])
def test_a_threshold_is_months_or_days(text: str, threshold: Threshold) -> None:
    """Calendar months and days are kept apart, and both are written back the same way."""
    assert parse_threshold(text) == threshold
    assert str(threshold) == text


@pytest.mark.parametrize("value", [3, "3", "0mo", "0d", "3m", "3mo1d", "-3mo", "", None])
def test_another_threshold_is_refused(value: object) -> None:
    """Nothing, minutes and mixtures are no thresholds."""
    with pytest.raises(ValueError, match="threshold"):
        parse_threshold(value)


def test_settings_take_and_give_the_written_form() -> None:
    """Models read, keep and dump the texts, and the schema says what is allowed."""
    settings = Settings.model_validate({"every": "10m", "threshold": "90d"})
    assert settings.every == timedelta(minutes=10)
    assert settings.model_dump() == {"every": "10m", "threshold": "90d"}
    assert Settings.model_json_schema()["properties"]["every"]["type"] == "string"
    with pytest.raises(ValidationError, match="needs a unit"):
        Settings.model_validate({"every": 60})
