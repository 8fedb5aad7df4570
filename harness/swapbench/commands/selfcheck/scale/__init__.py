"""The instrument at size: what a run of many cells costs from its plan to its reports, and how that grows."""
