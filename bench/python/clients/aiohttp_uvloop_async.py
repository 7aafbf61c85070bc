# Peer: aiohttp with uvloop's event loop.
# needs: aiohttp==3.14.5 uvloop==0.23.0
from aiohttp_async import KIND, campaign, close, create, make, name, sessions
from uvloop import run
