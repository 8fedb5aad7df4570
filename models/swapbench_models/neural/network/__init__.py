"""Networks: the primitive layers that every backend knows, and the graph of them, with nothing of any backend.

Shapes are those of one example, without the batch, in Keras order (height, width, channels); None is a length that only
the data know.
"""
