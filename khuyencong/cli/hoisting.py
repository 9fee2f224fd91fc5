"""Global options may stand anywhere on the line; this moves them to its front, where the parser expects them."""

from collections.abc import Sequence

#: Global options that take a value, and those that do not.
VALUED = ("--database", "--at", "--lang", "--as", "--token")
FLAGS = ("--json",)


def hoist(words: Sequence[str]) -> list[str]:
    """The words of a command line with its global options first, in their order; nothing after ``--`` is touched.

    A word that begins as a global option is taken for one even where it was meant as a value: write
    ``--note=--json`` for that.
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        name, equals, _ = word.partition("=")
        if word in FLAGS or (equals and name in VALUED):
            front.append(word)
        elif word in VALUED:
            front += [word, *waiting[:1]]
            del waiting[:1]
        else:
            rest.append(word)
    return [*front, *rest]
