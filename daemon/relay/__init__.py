"""What keeps the relay going: take in, route, send, fetch what was missed."""
