"""Windows of frames, which are what is judged, and what part of them validates."""
