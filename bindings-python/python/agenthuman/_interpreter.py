"""Rejects sub-interpreters of Python 3.10 and 3.11, where the process would hang at exit. Later versions reject them
without this."""

from __future__ import annotations

try:
    interpreters = __import__("_xxsubinterpreters")
except ImportError:
    # Without this module, Python cannot create sub-interpreters.
    pass
else:
    if interpreters.get_current() != interpreters.get_main():
        raise ImportError(
            "agenthuman supports the main interpreter only, and this is a sub-interpreter. With mod_wsgi, set "
            "WSGIApplicationGroup %{GLOBAL}."
        )
