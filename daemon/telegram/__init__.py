"""The only package that knows Telethon: updates become core values, core values become requests."""
