"""Table: the names of the features, in the order in which they stand in every array."""

# Raise it when a clip's numbers change, or what is a clip: what was kept of clips is made again.
FEATURE_VERSION = 3

NOISE = ("noise_mean", "noise_std", "noise_max", "noise_energy")
DCT = (
    "dct_dc_mean",
    "dct_dc_std",
    "dct_ac_mean",
    "dct_ac_std",
    "dct_low_mean",
    "dct_high_mean",
    "dct_energy_ratio",
)
SHARPNESS = ("laplacian_variance", "gradient_mean", "gradient_std", "gradient_max", "tenengrad", "brenner")
BLOCKS = ("boundary_inconsistency",)
FRAME = NOISE + DCT + SHARPNESS + BLOCKS

CODECS = ("h264", "hevc", "mpeg4", "vp9", "av1")
PROFILES = ("baseline", "main", "high")
CUES = (
    *(f"codec_{name}" for name in CODECS),
    *(f"profile_{name}" for name in PROFILES),
    "bits_per_pixel",
    "bit_rate",
    "frame_rate",
    "key_distance",
    "packet_mean",
    "packet_std",
)

NAMES = FRAME + CUES
