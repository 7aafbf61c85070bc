"""Rejects sub-interpreters of Python 3.10 and 3.11, in which the process would hang at its end. Later versions do it
themselves."""

from __future__ import annotations

try:
    interpreters = __import__("_xxsubinterpreters")
except ImportError:
    # A Python without that module makes no sub-interpreters.
    pass
else:
    if interpreters.get_current() != interpreters.get_main():
        raise ImportError(
            "agenthuman supports the main interpreter only, and this is a sub-interpreter. With mod_wsgi, set "
            "WSGIApplicationGroup %{GLOBAL}."
        )
