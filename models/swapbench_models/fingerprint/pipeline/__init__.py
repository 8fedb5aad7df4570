"""The pipeline: messages in, users' models and detections out."""
