"""Video: classifiers of clips, from handcrafted features to spatiotemporal networks, over the same folds."""
