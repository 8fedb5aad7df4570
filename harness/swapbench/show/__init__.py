"""Station 5, the show: records and judgements as text, tables and files."""
