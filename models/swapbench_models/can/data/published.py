"""Published: which recordings the six data sets have, of which vehicles, how many frames and injected ones each.

Of hcrl_sa and of can-train-and-test (Lampe and Meng, "can-train-and-test: a curated CAN dataset for automotive
intrusion detection", 2024), first edition: of what edition 1.5 adds, fuzzed payloads, only files of set_04 are here.
Published `hcrl-ch` has one vehicle, and tests that are split by attack (`test_01_DoS` ... `test_04_rpm_spoofing`); the
one here is split into the four scenarios like the others, with another make as the vehicle that is not known.
"""

from dataclasses import dataclass

from swapbench_models.can.data.layout import SCENARIOS

FREE, ATTACKED = "train_01_attack_free", "train_02_with_attacks"
SPLITS = (FREE, ATTACKED, *SCENARIOS)
BY_NAME = ""  # instead of a vehicle: the recordings' own names end in it


@dataclass(frozen=True)
class Published:
    """A data set: when its recordings begin (seconds of the epoch, and how much later they may), the
    vehicle of each scenario, and of each split its recordings, as "NAME FRAMES INJECTED" one after the other.

    Where it is `overlaid`, attacks were added to recordings of drives afterwards, and all begin at a made-up moment;
    elsewhere a device on the bus sent them.
    """

    begins: int
    spread: int
    vehicles: tuple[str, str, str, str]
    overlaid: bool
    recordings: dict[str, str]


_HACKING = Published(
    1478190000,
    9000,
    ("sonata", "kia", "sonata", "kia"),
    False,
    {
        FREE: "attack-free 988987 0",
        # Three quarters of each recording of the original train, and one is for tests.
        ATTACKED: "DoS-train 2749328 440641 fuzzing-train 2879145 368885",
        SCENARIOS[0]: "DoS-test 916443 146880 fuzzing-test 959715 122962",
        SCENARIOS[1]: "DoS-test 916443 146880 fuzzing-test 959715 122962",
        SCENARIOS[2]: "gear-test 1110786 149313 rpm-test 1155426 163724",
        SCENARIOS[3]: "gear-test 1110786 149313 rpm-test 1155426 163724",
    },
)
_SURVIVAL = Published(
    1513920000,
    2000,
    (BY_NAME, BY_NAME, BY_NAME, BY_NAME),
    False,
    {
        FREE: "attack-free-kia 192516 0 attack-free-sonata 117173 0",
        ATTACKED: "DoS-kia 181901 33141 fuzzing-sonata 135670 18118",
        SCENARIOS[0]: "DoS-sonata 149547 32422 fuzzing-kia 249990 39812",
        SCENARIOS[1]: "DoS-spark 120570 22587 fuzzing-Spark 65665 5812",
        SCENARIOS[2]: "malfunction-kia 173436 7401 malfunction-sonata 132651 15974",
        SCENARIOS[3]: "malfunction-spark 79787 8047",
    },
)
# Families of attacks in each split stand in an order in which the first few of them are unlike each other.
_TRAVERSE_MIXED = """
    fuzzing-3 495332 6112 speed-3 2625443 3141 systematic-3 507374 59 double-3 1106909 1276 triple-3 1993660 606
    interval-3 891053 107 fuzzing-4 619269 203 speed-4 1898360 64 systematic-4 330614 922 double-4 1300435 615
    triple-4 594448 1113 interval-4 857658 26
"""
_FORESTER_SPOOFED = """
    rpm-1 488528 4830 systematic-1 519433 9468 speed-1 757055 12875 standstill-1 306189 7862 interval-1 857154 91684
    rpm-accessory-1 129817 1348 speed-accessory-1 262041 1430 rpm-2 569888 468 systematic-2 630419 2367
    speed-2 714871 1358 standstill-2 892327 2361 interval-2 465145 13592 rpm-accessory-2 138381 215
    speed-accessory-2 164771 90
"""
_FORESTER_MIXED = """
    DoS-1 643807 12091 fuzzing-1 660170 28454 force-neutral-1 527589 1720 double-1 1244063 10387 triple-1 544385 52917
    DoS-2 709039 25308 fuzzing-2 650196 6557 force-neutral-2 475757 1379 double-2 695540 4614 triple-2 703688 12762
"""
_SETS = {
    "set_01": (
        ("impala", "silverado", "impala", "traverse"),
        {
            FREE: "attack-free-1 1952833 0 accessory-1 207704 0 attack-free-2 1265599 0 accessory-2 226166 0",
            ATTACKED: """
                DoS-1 90169 9139 rpm-1 841053 3338 force-neutral-1 715435 6500 standstill-1 1955048 2215
                DoS-2 311045 25954 rpm-2 822459 374 force-neutral-2 998485 492 standstill-2 1267144 1545
            """,
            SCENARIOS[0]: """
                DoS-3 154255 19223 rpm-3 809398 3596 force-neutral-3 904145 2232 standstill-3 629156 1447
                DoS-4 920350 36146 rpm-4 824211 325 force-neutral-4 839873 259 standstill-4 621282 52
            """,
            SCENARIOS[1]: """
                DoS-3 1100971 157652 rpm-3 635397 126 force-neutral-3 449461 32 standstill-3 635543 272
                DoS-4 689028 5924 rpm-4 645613 26 force-neutral-4 1646238 56 standstill-4 645666 79
            """,
            SCENARIOS[2]: """
                fuzzing-3 573786 5937 speed-3 631438 3729 systematic-3 783562 919 double-3 902805 892
                triple-3 807996 2194 interval-3 786935 4292 fuzzing-4 409146 38 speed-4 622822 1592
                systematic-4 567973 124 double-4 840014 400 triple-4 824468 582 interval-4 884330 126
            """,
            SCENARIOS[3]: _TRAVERSE_MIXED,
        },
    ),
    "set_02": (
        ("traverse", "forester", "traverse", "forester"),
        {
            FREE: "attack-free-1 889331 0 accessory-1 529370 0 attack-free-2 573956 0 accessory-2 307057 0",
            ATTACKED: """
                fuzzing-1 1235992 113514 speed-1 2619677 14 systematic-1 541323 37125 double-1 1092582 4955
                triple-1 1780543 31056 interval-1 634191 15125 fuzzing-2 1167769 6113 speed-2 2734513 38
                systematic-2 456086 2259 double-2 463001 8900 triple-2 661579 4059 interval-2 1653840 1179
            """,
            SCENARIOS[0]: _TRAVERSE_MIXED,
            SCENARIOS[1]: """
                fuzzing-3 510835 870 speed-3 649177 333 systematic-3 1012913 9774 double-3 699508 2296
                triple-3 697350 138 interval-3 393679 788 fuzzing-4 629562 1510 speed-4 486777 334
                systematic-4 1235881 2205 double-4 611726 1356 triple-4 610565 195 interval-4 907454 250
            """,
            SCENARIOS[2]: """
                DoS-3 971181 13599 rpm-3 1254259 13 force-neutral-3 4210018 33 standstill-3 686802 6
                DoS-4 521593 15093 rpm-4 1052123 17 force-neutral-4 2657027 17 standstill-4 797053 13
            """,
            SCENARIOS[3]: """
                DoS-3 291582 4569 rpm-3 689308 566 force-neutral-3 479368 1244 standstill-3 810295 513
                DoS-4 653469 9830 rpm-4 642822 880 force-neutral-4 870399 334 standstill-4 352661 72
            """,
        },
    ),
    "set_03": (
        ("silverado", "forester", "silverado", "forester"),
        {
            FREE: "attack-free-3 1711471 0 accessory-3 216573 0 attack-free-4 1295306 0 accessory-4 446433 0",
            ATTACKED: """
                DoS-3 1100971 157652 fuzzing-3 296365 3848 force-neutral-3 449461 32 double-3 449725 296
                triple-3 635673 402 DoS-4 689028 5924 fuzzing-4 795457 172 force-neutral-4 1646238 56
                double-4 1646538 356 triple-4 646528 941
            """,
            SCENARIOS[0]: """
                DoS-1 252707 43783 fuzzing-1 1059035 50522 force-neutral-1 1257602 2970 double-1 1257705 3073
                triple-1 524898 2210 DoS-2 445731 54245 fuzzing-2 793574 553 force-neutral-2 918980 714
                double-2 920226 1960 triple-2 1145333 2475
            """,
            SCENARIOS[1]: _FORESTER_MIXED,
            SCENARIOS[2]: """
                rpm-1 524212 1524 systematic-1 776168 496 speed-1 1255235 603 standstill-1 524245 1557
                interval-1 950657 7338 rpm-accessory-1 166162 28 speed-accessory-1 170115 3981 rpm-2 1143081 223
                systematic-2 566869 252 speed-2 919087 821 standstill-2 1143404 546 interval-2 1009145 632
                rpm-accessory-2 149740 30 speed-accessory-2 149831 121
            """,
            SCENARIOS[3]: _FORESTER_SPOOFED,
        },
    ),
    "set_04": (
        ("forester", "traverse", "forester", "traverse"),
        {
            FREE: "attack-free-3 920346 0 accessory-3 31991 0 attack-free-4 336011 0 accessory-4 52783 0",
            ATTACKED: """
                rpm-3 689308 566 systematic-3 1012913 9774 speed-3 649177 333 standstill-3 810295 513
                interval-3 393679 788 rpm-accessory-3 157883 229 speed-accessory-3 249865 205
                untargeted_payload_fuzzing-3 261358 247 valid_systematic-3 331046 2047 rpm-4 642822 880
                systematic-4 1235881 2205 speed-4 486777 334 standstill-4 352661 72 interval-4 907454 250
                rpm-accessory-4 175015 8293 speed-accessory-4 387940 1637 untargeted_payload_fuzzing-4 352325 81
            """,
            SCENARIOS[0]: _FORESTER_SPOOFED,
            SCENARIOS[1]: """
                rpm-1 3296008 411 systematic-1 541323 37125 speed-1 2619677 14 standstill-1 1208289 566
                interval-1 634191 15125 rpm-accessory-1 529658 288 speed-accessory-1 529420 50 rpm-2 1975925 94
                systematic-2 456086 2259 speed-2 2734513 38 standstill-2 614984 24 interval-2 1653840 1179
                rpm-accessory-2 307113 56 speed-accessory-2 307067 10
            """,
            SCENARIOS[2]: _FORESTER_MIXED,
            # force-neutral-2 bears an attack's name, and nothing was injected.
            SCENARIOS[3]: """
                DoS-1 402001 20560 fuzzing-1 1235992 113514 force-neutral-1 509087 1166 double-1 1092582 4955
                triple-1 1780543 31056 DoS-2 416866 30648 fuzzing-2 1167769 6113 force-neutral-2 454206 0
                double-2 463001 8900 triple-2 661579 4059
            """,
        },
    ),
}
PUBLISHED = {
    "hcrl_ch": _HACKING,
    "hcrl_sa": _SURVIVAL,
    **{name: Published(1672531200, 0, vehicles, True, splits) for name, (vehicles, splits) in _SETS.items()},
}
