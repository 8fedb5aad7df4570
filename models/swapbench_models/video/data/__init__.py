"""Data: labelled clips, from a table or made here, as features and networks take them."""
