"""Models: what is learned of rows, and how; nothing here knows logs."""
