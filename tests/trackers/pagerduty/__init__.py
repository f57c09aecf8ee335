"""PagerDuty as a tracker."""
