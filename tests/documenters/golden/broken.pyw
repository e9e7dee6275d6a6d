"""Still says what it is."""

import os


def before(): pass


def broken(a, b:
    return 1


class After:
    def method(self): pass
