"""What is compared: one package a family, each usable without the instrument, of which none of them knows.

Beside them is what they share, which knows no family: `store` for trained models, `arguments` of commands, `writing`
of files, `error`.
"""
