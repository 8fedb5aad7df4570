"""The adapter of TensorFlow."""

from typing import Any

from swapbench.run.backends.adapter import NUMPY, Adapter
from swapbench.run.backends.device import Device, gpu


class Tensorflow(Adapter):
    """TensorFlow with Keras on it, on the processor, or on the first GPU where there is one."""

    module = "tensorflow"
    preload = ("tensorflow",)
    distributions = ("tensorflow", "keras", *NUMPY)
    install = 'pip install "swapbench[tensorflow]"'
    environment = (
        ("TF_CPP_MIN_LOG_LEVEL", "3"),
        ("TF_NUM_INTRAOP_THREADS", "{threads}"),
        ("TF_NUM_INTEROP_THREADS", "1"),
        ("KERAS_BACKEND", "tensorflow"),
    )
    exhausted = (*Adapter.exhausted, "ResourceExhaustedError")
    exhausted_words = (*Adapter.exhausted_words, "oom when allocating")

    def settle(self, threads: int) -> None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()

    def seed(self, seed: int) -> None:
        import tensorflow as tf

        super().seed(seed)
        tf.random.set_seed(seed)

    def device(self) -> Device:
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        return Gpu(tf, gpus) if gpus else Device()


class Gpu(Device):
    """A GPU as TensorFlow sees it, which hands its operations over and goes on."""

    def __init__(self, tensorflow: Any, gpus: list[Any]) -> None:
        self._tensorflow = tensorflow
        self._start = 0
        details = tensorflow.config.experimental.get_device_details(gpus[0])
        self.name = str(details.get("device_name", "gpu"))
        self.lease = gpu(0)

    def begin(self) -> None:
        self.finish()
        memory = self._tensorflow.config.experimental
        memory.reset_memory_stats("GPU:0")
        self._start = memory.get_memory_info("GPU:0")["current"]

    def finish(self, result: Any = None) -> None:
        self._tensorflow.test.experimental.sync_devices()

    def peak_bytes(self) -> int | None:
        return int(self._tensorflow.config.experimental.get_memory_info("GPU:0")["peak"] - self._start)
