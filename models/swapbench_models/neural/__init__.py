"""Networks for pictures of digits: one architecture, one start and one order of batches, for several backends."""
