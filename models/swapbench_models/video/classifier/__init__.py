"""Classifiers: the seven models behind one `fit` and `predict`, which are given paths of clips and read them."""
