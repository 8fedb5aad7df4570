"""The search for hyper-parameters over the space that a text declares."""
