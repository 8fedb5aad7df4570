"""An expression of Python that a text gave as code, on one line."""

import ast


def function(text: str) -> str | None:
    """Return the source of a function of one value: the text's own lambda, or its expression of `x`.

    None where the text is neither.
    """
    try:
        body = ast.parse(text.strip(), mode="eval").body
        # Written anew it is one line without comments, whatever the text was.
        return ast.unparse(body) if isinstance(body, ast.Lambda) else f"lambda x: {ast.unparse(body)}"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
