"""Pictures of networks: what stands where is laid out here, and painted as SVG, as a page or as PNG.

From a network to its picture: `reading` makes nodes of layers, `uses` frames, `lanes` branches, `repeats` folds what is
repeated, `placing` gives everything its place, `picture` is the result, and a painter paints it. Lengths are in pixels,
x to the right and y down.
"""
