"""PagerDuty: pages through events, reads back what people did through REST."""
