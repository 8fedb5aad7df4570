"""Logs of CAN buses: every form is read as it is written, and damage is told with its file and line, or counted."""

import os
import subprocess
import sys
from contextlib import closing
from io import BytesIO
from pathlib import Path

import can
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swapbench_models.can.error import CanError, FormatError
from swapbench_models.can.frames import forms
from swapbench_models.can.frames.frames import EXTENDED, UNLABELLED, Frames
from swapbench_models.can.frames.lines import ByLine, Lines, parsed
from swapbench_models.can.frames.reading import read, stream
from swapbench_models.can.frames.skipped import Skipped
from swapbench_models.can.frames.writing import text, write

SHARED = Path(__file__).parents[2] / "shared" / "data" / "can"
WRITTEN = tuple(forms.TEXTS)
DISTINCT = tuple(form for form in WRITTEN if form != "survival")  # which is as hcrl-csv
HEADER = "timestamp,arbitration_id,data_field,attack\n"
MIB = 1 << 20

times = st.one_of(
    st.integers(0, 2**51).map(lambda micro: micro / 1e6),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.sampled_from([0.0, 1.7e-05, 1513920459.745822, 1e-300]),
)
ids = st.one_of(st.integers(0, 0x7FF), st.integers(0, 0x1FFFFFFF).map(lambda number: number | EXTENDED))
payloads = st.binary(max_size=8)


@st.composite
def recorded(draw: st.DrawFn, form: str = "") -> Frames:
    """Draw some frames, all with a label or all without, as a form can say them."""
    rows = draw(st.lists(st.tuples(times, ids, payloads, st.integers(0, 1)), min_size=1, max_size=12))
    labelled = form != "hcrl-txt" and draw(st.booleans())
    time, identifier, payload, attack = zip(*rows, strict=True)
    return Frames.of(time, identifier, payload, attack if labelled else None)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw what is left of a file after a few of its bytes were changed, put in, taken out, or cut off."""
    content = bytearray(whole)
    bytes_ = st.one_of(st.sampled_from(b"\0\n\r,#() .-+_eEx0189afFRT;:"), st.integers(0, 255))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                content[at : at + 1] = bytes([draw(bytes_)])
            case 1:
                content[at:at] = bytes([draw(bytes_)])
            case 2:
                del content[at : at + draw(st.integers(1, 20))]
            case _:
                del content[at:]
    return bytes(content)


def same(one: Frames, other: Frames) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def whole(content: bytes | str, form: str = "auto", strict: bool = True) -> Frames:
    return read(BytesIO(content if isinstance(content, bytes) else content.encode()), form, strict).frames


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    return path


# Forms


@pytest.mark.parametrize("form", WRITTEN)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_frames(form: str, data: st.DataObject) -> None:
    frames = data.draw(recorded(form))
    assert same(whole(text(frames, form)), frames)


ONE = Frames.of([1.5], [0x316], [b"\x05\x21"], [1])
UNKNOWN = Frames.of([1.5], [0x316], [b"\x05\x21"])
FORMS = {
    "can-train-and-test": (HEADER + "1.5,316,0521,1", ONE),
    "in another order": ("attack,data_field,arbitration_id,timestamp\n1,0521,316,1.5", ONE),
    "CANini": ("timestamp,arbitration_id,data_field,dlc_value,attack\n1.5,316,0521,2,1", ONE),
    "without labels": ("timestamp,arbitration_id,data_field\n1.5,316,0521", UNKNOWN),
    "with a mark of UTF-8, blanks and returns": (
        "\ufeffTimestamp , arbitration_id,data_field,attack\r\n\r\n1.5 , 316,0521,1\r\n",
        ONE,
    ),
    "Car-Hacking": ("1.5,0316,2,05,21,T", ONE),
    "Car-Hacking, filled up before the label": ("1.5,0316,2,05,21,,,,,,,T", ONE),
    "Car-Hacking, filled up with zeros": ("1.5,0316,2,05,21,00,00,00,00,00,00,T", ONE),
    "Car-Hacking, filled up at its end": ("1.5,0316,2,05,21,T,,,,,,", ONE),
    "Survival Analysis, free driving": ("1.5,316,2,05 21", UNKNOWN),
    "Car-Hacking, text": ("Timestamp:          1.500000        ID: 0316    000    DLC: 2    05 21", UNKNOWN),
    "candump": ("(1.5) can0 316#0521", UNKNOWN),
    "candump with a direction": ("(1.5) can0 316#0521 R", UNKNOWN),
    "candump with labels": ("(1.5) can0 316#0521 1", ONE),
    "candump with both": ("(1.5) can0 316#0521 T 1", ONE),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_known_by_its_beginning(name: str) -> None:
    content, expected = FORMS[name]
    assert same(whole(content), expected)


def test_candump_tells_of_more_than_frames_of_eight_bytes() -> None:
    log = """
        (1.0) can0 316#R
        (1.1) can0 316#R8
        (1.2) can0 00000316#01
        (1.3) can0 316##1000102030405060708090A0B
        (1.4) can0 20000080#0000000000000000
        (1.5) can0 316#0102030405060708_F
    """
    found = read(BytesIO(log.encode()))
    frames = found.frames
    assert frames.lengths.tolist() == [0, 0, 1, 12, 8]
    assert frames.ids.tolist() == [0x316, 0x316, 0x316 | EXTENDED, 0x316, 0x316]
    assert frames.payloads[3].tolist() == [*range(8)]
    assert (found.passed, found.skipped) == (1, 0)  # the error frame


@pytest.mark.parametrize("form", DISTINCT)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_what_is_read_of_many_lines_at_once_is_what_is_read_of_each(form: str, data: st.DataObject) -> None:
    content = text(data.draw(recorded(form)), form)
    written = forms.TEXTS[form]("log", forms.first_line(content))
    lines = Lines(data.draw(damaged(content)).rstrip(b"\n") + b"\n", first=7)
    skipped, expected = Skipped("log", strict=False), Skipped("log", strict=False)
    assert same(parsed(lines, written, skipped), parsed(lines, ByLine(written.one), expected))
    assert skipped == expected


@settings(deadline=None, max_examples=40)
@given(frames=recorded(), chunk=st.integers(1, 200), form=st.sampled_from([*forms.HEADED, "candump"]))
def test_parts_of_any_size_are_the_whole(frames: Frames, chunk: int, form: str) -> None:
    content = text(frames, form)
    with closing(stream(BytesIO(content), chunk=chunk)) as parts:
        found = [*parts]
    assert same(Frames.joined(found), frames)
    assert parts.steps_back == frames.steps_back
    longest = max(map(len, content.splitlines())) + 1
    assert len(found) * (chunk + longest) >= len(content) - len(HEADER)


def test_frames_of_a_pipe_are_there_before_it_ends() -> None:
    out, into = os.pipe()
    with os.fdopen(out, "rb") as source, closing(stream(source)) as parts:
        os.write(into, b"(1.0) can0 316#0521\n(1.1) can0 3")
        assert next(parts).times.tolist() == [1.0]
        os.write(into, b"17#\n")
        assert next(parts).ids.tolist() == [0x317]
        os.close(into)
        assert [*parts] == []


# Damage

ROWS = {
    "odd": ("1.5,316,052,0", "3 digits, an odd number"),
    "seventeen digits": ("1.5,316,05210521052105210,0", "17 digits, an odd number"),
    "too long": ("1.5,316,052105210521052105,0", "9 bytes; a frame has 8 at most"),
    "no digit": ("1.5,316,05G1,0", "'05G1' is no payload"),
    "a decimal point in an identifier": ("1.5,3.6,0521,0", "'3.6' is no identifier"),
    "a prefix": ("1.5,0x316,0521,0", "'0x316' is no identifier"),
    "no identifier": ("1.5,,0521,0", "'' is no identifier"),
    "thirty bits": ("1.5,20000000,0521,0", "29 bits at most"),
    "nan": ("nan,316,0521,0", "'nan' is no time"),
    "inf": ("inf,316,0521,0", "'inf' is no time"),
    "too much": ("1e999,316,0521,0", "'1e999' is no time"),
    "underscores": ("1_0.5,316,0521,0", "'1_0.5' is no time"),
    "no label": ("1.5,316,0521,2", "'2' is no label; it is 0 for a normal frame, 1 for an injected one"),
    "ragged": ("1.5,316,0521", "has 3 fields, and the first line names 4 columns"),
    "NUL": ("1.5,316,05\x0021,0", "NUL byte"),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_damaged_line_is_told_with_its_file_and_number_or_left_out_and_counted(row: str, tmp_path: Path) -> None:
    line, why = ROWS[row]
    path = tmp_path / "drive.csv"
    path.write_text(f"{HEADER}1.0,316,0521,0\n{line}\n2.0,316,,1\n")
    with pytest.raises(FormatError) as raised:
        read(path)
    assert str(raised.value).startswith(f"{path}, line 3: ")
    assert why in str(raised.value)
    found = read(path, strict=False)
    assert found.frames.times.tolist() == [1.0, 2.0]
    assert (found.skipped, found.reasons) == (1, (str(raised.value),))


OTHERS = {
    "1.5,0316,2,05,T": "says that its payload has 2 bytes, and has '05'",
    "1.5,0316,2,05,21,22,T": "says that its payload has 2 bytes, and has '05 21 22'",
    "1.5,0316,2,5,21,T": "says that its payload has 2 bytes, and has '5 21'",
    "1.5,0316,9,05,21,T": "'9' is no number of bytes from 0 to 8",
    "1.5,0316,2,05,21,X": "'X' is no label; it is R for a normal frame, T for an injected one",
    "1.5,0316,2,05,21": "'21' is no label",
    "1.5,T": "is cut off",
}


@pytest.mark.parametrize("line", OTHERS)
def test_a_damaged_line_of_car_hacking_is_told(line: str) -> None:
    with pytest.raises(FormatError, match="line 2: ") as raised:
        whole(f"1.0,0316,1,05,R\n{line}\n")
    assert OTHERS[line] in str(raised.value)


@pytest.mark.parametrize(
    "line",
    ["(1.5) can0 316", "(1.5) can0 316#05 0 1", "(nan) can0 316#05 0", "(1.5) can0 316#05", "(1.5) can0 316##", "1.5"],
)
def test_a_damaged_line_of_candump_is_told(line: str) -> None:
    with pytest.raises(FormatError, match="line 2: "):
        whole(f"(1.0) can0 316#05 0\n{line}\n")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (HEADER, "holds no frame"),
        ("timestamp,arbitration_id,attack\n1.5,316,0", "line 1: names no column data_field"),
        ("timestamp,arbitration_id,data_field,label\n1.5,316,05,0", "line 1: names no column attack, but 'label'"),
        ("timestamp,timestamp,arbitration_id,data_field\n", "line 1: names timestamp twice"),
        ("Once upon a time\n", "begins with 'Once upon a time', as no log does that is known"),
        ("1513920459.745822,2C0,1400000000000000,0\n", "has to name its columns timestamp"),
        ("\x7fELF\0\0\0", "is no text, and no BLF either"),
        ("(1.0) can0 316#05\n" + "x" * MIB, "line 2: is longer than"),
    ],
)
def test_what_is_no_log_is_refused(content: str, why: str) -> None:
    with pytest.raises(FormatError) as raised:
        whole(content)
    assert why in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}1.5,316,05,0\n".replace("\n", "\r"),
        "timestamp,arbitration_id,data_field,la\rbel\n",
        "1.0,0316,1,05,R\n1.5,0316,2,0\r5,R\n",
        "1.0,0316,1,05,R\n1.5,0316,1,\r,R\n",
        "(1.0) can0 316#05 0\n(1.5) can0 316#05 \x1b[2J\n",
    ],
)
def test_what_a_file_says_moves_no_cursor(content: str) -> None:
    with pytest.raises(FormatError) as raised:
        whole(content)
    assert str(raised.value).isprintable()


def test_a_table_is_asked_for_no_more_columns_than_it_needs() -> None:
    with pytest.raises(
        FormatError, match="name its columns timestamp, arbitration_id, data_field in its first line, and"
    ):
        whole("1513920459.745822,2C0,1400000000000000,0\n")
    assert whole("timestamp,arbitration_id,data_field\n1.5,2C0,14\n").attacks.tolist() == [UNLABELLED]


@pytest.mark.parametrize("blank", ["\t", "\r", "\v", "\f"])
def test_a_name_of_an_interface_has_no_blank_in_it(blank: str) -> None:
    with pytest.raises(FormatError, match="line 2: is no line of candump"):
        whole(f"(1.0) can0 316#05\n(1.5) ca{blank}n0 316#05\n")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(CanError, match="cannot be read"):
            read(path)
    with pytest.raises(CanError, match="csv: is no form of a log; give auto, or one of can-train-and-test"):
        read(tmp_path, "csv")


def test_of_much_that_is_damaged_all_is_counted_and_little_is_told() -> None:
    found = read(BytesIO((HEADER + "1.0,316,0521,0\n" + "nonsense\n" * 1000).encode()), strict=False)
    assert (len(found.frames), found.skipped, len(found.reasons)) == (1, 1000, 5)
    with pytest.raises(FormatError, match=r"holds no frame \(2 lines are damaged.*; the first: .*line 2"):
        whole(HEADER + "nonsense\n" * 2, strict=False)


def test_what_cannot_be_said_is_not_written(tmp_path: Path) -> None:
    both = Frames.joined([ONE, UNKNOWN])
    long = whole("(1.3) can0 316##1000102030405060708090A0B")
    for frames, form, why in (
        (both, "candump", "Some of these frames have a label"),
        (ONE, "hcrl-txt", "hcrl-txt cannot say so"),
        (long, "candump", "more than 8 bytes"),
        (ONE, "blf", "blf: is no form that can be written"),
    ):
        with pytest.raises(CanError, match=why):
            write(tmp_path / "log", frames, form)
    assert [*tmp_path.iterdir()] == []


# The library


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Logs of six frames as python-can writes them, by their form."""
    return {form: logged(tmp_path_factory.mktemp("log") / f"log.{form}") for form in forms.LIBRARY}


def logged(path: Path) -> bytes:
    with can.Logger(path) as logger:
        for at in range(6):
            content = {"arbitration_id": 0x100 + at, "is_extended_id": at > 3, "data": bytes(range(at)), "channel": 0}
            logger(can.Message(timestamp=1e9 + at / 8, **content))
    return path.read_bytes()


@pytest.mark.parametrize("form", forms.LIBRARY)
def test_python_can_reads_what_it_wrote(form: str, logs: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / f"log.{form}"
    path.write_bytes(logs[form])
    for log in (path, BytesIO(logs[form])):
        frames = read(log).frames
        assert frames.ids.tolist() == [0x100, 0x101, 0x102, 0x103, 0x104 | EXTENDED, 0x105 | EXTENDED]
        assert frames.lengths.tolist() == [*range(6)]
        assert np.diff(frames.times).tolist() == pytest.approx([1 / 8] * 5, abs=1e-3)
        assert set(frames.attacks.tolist()) == {UNLABELLED}


def test_a_damaged_line_of_a_library_s_log_is_told_or_left_out(logs: dict[str, bytes]) -> None:
    for form, old, new in (("asc", b"102 ", b"1x2 "), ("trc", b"0102 ", b"01x2 "), ("asc", b" d 2 00 01", b" d 2 00")):
        assert old in logs[form]
        content = logs[form].replace(old, new)
        with pytest.raises(FormatError, match=", line "):
            whole(content)
        found = read(BytesIO(content), strict=False)
        assert (len(found.frames), found.skipped) == (5, 1)


def test_who_has_no_python_can_is_told_what_brings_it(logs: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "can.io.asc", None)
    with pytest.raises(
        CanError, match=r'python-can, which reads asc, is not installed; pip install "swapbench\[can\]"'
    ):
        whole(logs["asc"])


def test_an_asc_without_the_line_that_ends_its_header_loses_no_frame() -> None:
    log = "date Sat Sep 30 15:06:13.191 2017\nbase hex timestamps {}\n 0.1 1 64 Rx d 1 64\n 0.2 1 65 Rx d 1 64\n"
    assert whole(log.format("absolute")).ids.tolist() == [0x64, 0x65]
    with pytest.raises(FormatError, match="times since the line before"):
        whole(log.format("relative"))


def test_a_blf_that_is_cut_off_is_told_wherever_it_is(logs: dict[str, bytes]) -> None:
    for length in range(5, len(logs["blf"])):
        with pytest.raises(FormatError, match="cut off"):
            whole(logs["blf"][:length])


@pytest.mark.parametrize("form", [*DISTINCT, *forms.LIBRARY])
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_damage_never_does_more_than_to_be_told(form: str, data: st.DataObject, logs: dict[str, bytes]) -> None:
    content = data.draw(damaged(logs.get(form) or text(data.draw(recorded(form)), form)))
    for strict in (True, False):
        for given_form in ("auto", form):
            try:
                frames = whole(content, given_form, strict)
            except FormatError:
                continue
            assert len(frames)
            assert np.isfinite(frames.times).all()
            assert (frames.ids >= 0).all()


# Real logs


def test_the_log_of_icsim_is_read() -> None:
    frames = read(shared("icsim_sample-can.log")).frames
    assert (len(frames), len(np.unique(frames.ids))) == (6158, 34)
    assert frames.times[-1] - frames.times[0] == pytest.approx(3.26, abs=0.01)
    assert (frames.times[0], frames.ids[0], bytes(frames.payloads[0, :4])) == (
        1398128223.803317,
        0x166,
        b"\xd0\x32\x00\x09",
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("pythoncan_issue_1256.asc", 1457),
        ("pythoncan_logfile.asc", 16),
        ("pythoncan_logfile_errorframes.asc", 9),
        ("pythoncan_test_CanMessage.trc", 2),
        ("pythoncan_test_CanMessage_V2_1.trc", 11),
        ("pythoncan_test_CanMessage.blf", 2),
    ],
)
def test_logs_of_other_tools_are_read_whole(name: str, count: int) -> None:
    found = read(shared(name))
    assert (len(found.frames), found.skipped) == (count, 0)


@pytest.mark.long
def test_a_log_of_a_gigabyte_is_read_in_little_memory() -> None:
    """As it comes, through a pipe, by a process that says how much it had at most."""
    child = """
        import re, sys
        from swapbench_models.can.frames.reading import stream
        print(sum(len(part) for part in stream(sys.stdin.buffer)))
        print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
    """
    draw = np.random.default_rng(0)
    count = 20_000
    frames = Frames.of(
        np.arange(count) / 1e3,
        draw.integers(0, 0x800, count),
        [draw.bytes(8) for _ in range(count)],
        draw.integers(0, 2, count),
    )
    header, _, rows = text(frames).partition(b"\n")
    often = (1 << 30) // len(rows) + 1
    command = [sys.executable, "-c", f"if True:{child}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(header + b"\n")
        for _ in range(often):
            running.stdin.write(rows)
        running.stdin.close()
        read_count, peak_kib = map(int, running.stdout.read().split())
    assert read_count == often * count
    assert peak_kib < 500 * 1024
