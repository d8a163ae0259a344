"""A Telegram server on 127.0.0.1, good enough that the real Telethon client logs in to it.

Packages, bottom-up:

- `rpc`: what a request handler sees of the connection it serves, and how it refuses.
- `world`: the Telegram of the tests: people, chats, messages, sequences; knows no wire format.
- `api`: one handler for each request that a client may send, over the world.
- `mtproto`: transport, key exchange, encrypted sessions, dispatch of requests to handlers.
- `faults`: what the server does wrong on purpose.
- `server`: puts the above together behind one listening socket.
"""
