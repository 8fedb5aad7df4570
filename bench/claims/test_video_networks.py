"""Are our SlowFast-R50 and X3D-M as fast as PyTorchVideo's, at the clips of their papers?

One clip a call, in float32. They prove what docs/video.md claims and take part from profile standard on; two rows are
told apart by `swapbench versus`, which measures them in turn. PyTorchVideo is fetched by pip, by its checksum, into a
folder of its own.
"""

from swapbench import Dataset, Model, Phase, Profile, Suite

RIVALS = "swapbench_models.video.measured.rivals"
CLIPS = {"slowfast": (32, 256), "x3d": (16, 224)}

suite = Suite(
    "video_networks",
    models={
        **{name: Model({"torch": f"{RIVALS}.forward:ours"}, {"network": name}) for name in CLIPS},
        "packages": {"torch": f"{RIVALS}.packages:packages"},
        **{
            f"{name}_pytorchvideo": Model(
                {"torch": f"{RIVALS}.forward:theirs"}, {"network": name}, needs={"packages": "packages"}
            )
            for name in CLIPS
        },
    },
    datasets={
        f"clip_of_{name}": Dataset(f"{RIVALS}.forward:clips", options={"frames": frames, "size": size})
        for name, (frames, size) in CLIPS.items()
    },
    phases=[Phase("predict", part="all", warmups=1)],
    exclude=[
        {"model": "packages"},  # nothing but what the others need
        *(
            {"model": f"{name}{whose}", "dataset": f"clip_of_{other}"}
            for name in CLIPS
            for other in CLIPS
            for whose in ("", "_pytorchvideo")
            if other != name
        ),
    ],
    profiles={"standard": Profile(1, 5), "paper": Profile(1, 10)},
    since="standard",
)
(test_predict,) = suite.tests()
