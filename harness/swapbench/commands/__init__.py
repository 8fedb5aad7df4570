"""The command line `swapbench`: each command composes the stations, on top of them, beside the plugin."""
