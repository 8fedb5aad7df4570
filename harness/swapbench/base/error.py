"""The one error for input that cannot be used."""


class SwapError(Exception):
    """Input from outside that cannot be used; its message is one whole sentence for the user.

    The sentence names the culprit (file, option, cell), what was expected and what to do. The command line prints it
    as one line and exits; nothing that was measured before is lost.
    """
