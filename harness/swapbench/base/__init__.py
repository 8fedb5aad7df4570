"""Base: what every station may use, and what knows of no cell: errors, units, locks, processes."""
