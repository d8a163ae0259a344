"""MTProto 2.0 as a server speaks it: framing, key exchange, encryption, sessions, dispatch.

Reading order, each module using only the ones before it: `encryption`, `decoding`, `transport`,
`keys`, `factors`, `handshake`, `salts`, `arrivals`, `containers`, `outbox`, `authorizations`,
`service`, `session`, `connection`, `dispatch`. No module here knows what a request means: that is
`tests.loopback.api`.
"""
