"""Figures for Prometheus, where `metrics.listen` asks for them: what happened, from the events of
the log, and how things stand, from the database at the moment of each scrape."""
