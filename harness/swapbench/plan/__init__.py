"""Station 1, the plan: what is measured, as declarations only."""
