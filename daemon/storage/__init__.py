"""The database: what was received, what is to be sent, and which message belongs to which ticket.

Every function that takes a `sqlite3.Connection` runs inside one transaction of `Database`.
"""
