"""The networks compiled from their texts, one module of factories a backend."""
