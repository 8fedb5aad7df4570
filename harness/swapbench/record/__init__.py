"""Station 3, the record: the durable truth about what was measured."""
