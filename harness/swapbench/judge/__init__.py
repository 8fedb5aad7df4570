"""Station 4, the judge: what the records say, as pure functions of them."""
