"""What only exists in the demo (``settings.GEN_DEMO``): accounts in one click, a movable clock, the mail."""
