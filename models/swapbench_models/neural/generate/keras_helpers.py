"""What Keras has no layer for, as source that stands before a generated `build_model`."""

ON = '''def on(device: str, layer: layers.Layer) -> layers.Layer:
    """Let a layer have its weights, and compute, on a device."""

    def there(method):
        @wraps(method)
        def placed(*arguments, **options):
            with keras.device(device):
                return method(*arguments, **options)

        return placed

    layer.build, layer.call = there(layer.build), there(layer.call)
    return layer'''

POSITIONS = '''def positions(steps: int, features: int) -> np.ndarray:
    """Return sines (even features) and cosines (odd ones) of each step."""
    feature = np.arange(features)
    angles = np.arange(steps)[:, None] / 10000 ** (feature // 2 * 2 / features)
    return np.where(feature % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)'''

ADAPTIVE = '''def pooled(x, places: tuple[int, ...], reduce):
    """Reduce each axis after the first to so many places, by windows that cover it and are as equal as can be."""
    for axis, count in enumerate(places, 1):
        size = x.shape[axis]
        windows = (slice(n * size // count, -(-(n + 1) * size // count)) for n in range(count))
        parts = [reduce(x[(slice(None),) * axis + (window,)], axis, keepdims=True) for window in windows]
        x = keras.ops.concatenate(parts, axis)
    return x'''

EACH_STEP = '''class EachStep(layers.Layer):
    """Makes each step an example."""

    def call(self, x):
        return keras.ops.reshape(x, (-1, *keras.ops.shape(x)[2:]))

    def compute_output_shape(self, shape):
        return (None, *shape[2:])'''

JOINED = '''class Joined(layers.Layer):
    """Makes each so many examples the steps of one again."""

    def __init__(self, steps, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, x):
        return keras.ops.reshape(x, (-1, self.steps, *keras.ops.shape(x)[1:]))

    def compute_output_shape(self, shape):
        return (None, self.steps, *shape[1:])'''
