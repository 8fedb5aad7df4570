"""The store of trained models, for every family: names, folders that are checked when they are read, a shelf, MLflow.

It knows no family. What it has to be told of a model is in three verbs, which a family implements: `family.Family`.
"""
