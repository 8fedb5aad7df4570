"""What does it cost to turn a frame into handcrafted features?

Each call turns the frames of a data set, in memory already, into numbers: the statistics of the DCT alone (`dct`), and
all of them (`extract`). `loop` does it block by block, as it is commonly written, with OpenCV for everything else. Its
ratios to `ours` are the claim: at least 20 for `dct` and at least 10 for `extract`, at both sizes. It takes part from
profile standard on.
"""

from swapbench import Backend, Dataset, Phase, Profile, Suite

FEATURES = "swapbench_models.video.measured.rivals.features"
SIZES = {"176x144": (176, 144, 8), "1280x720": (1280, 720, 2)}

suite = Suite(
    "video_features",
    models={
        "ours": {"python": f"{FEATURES}:Ours"},
        "loop": {"opencv": f"{FEATURES}:Loop"},
    },
    datasets={
        name: Dataset(f"{FEATURES}:pictures", options={"width": width, "height": height, "count": count})
        for name, (width, height, count) in SIZES.items()
    },
    phases=[Phase("dct", part="all", warmups=1), Phase("extract", part="all", warmups=1)],
    profiles={"standard": Profile(1, 5), "paper": Profile(1, 10)},
    since="standard",
    backends={
        "opencv": Backend(
            "opencv",
            "cv2",
            ("cv2", "scipy.fft"),
            ("opencv-python-headless", "numpy", "scipy"),
            "pip install opencv-python-headless",
        )
    },
    reference="ours-python",
)
test_dct, test_extract = suite.tests()
