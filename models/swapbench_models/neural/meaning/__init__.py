"""What a syntax tree means: macros used, values known, layers bound to primitive ones, training as it is asked for."""
