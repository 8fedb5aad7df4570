"""Networks as configurations of Keras, the JSON of a model without its weights: written by Keras, read without it."""
