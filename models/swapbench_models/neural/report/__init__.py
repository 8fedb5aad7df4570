"""The report on what a text costs beside code written by hand, made of what the instrument has measured of both.

`reading.py` reads a run, `pair.py` finds what it holds of each network both ways, and the rest tells it: in tables of
Markdown, as JSON, in sentences. The instrument is not imported: only the file that it writes is known here.
"""
