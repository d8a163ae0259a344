# The relay as a container: docs/operator-guide.md. Session and database are in the volume /data.
FROM python:3.12-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin ticket-relay \
    && install -d -m 700 -o ticket-relay -g ticket-relay /data
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY daemon daemon
# The environment gives token and ids; whoever wants more mounts a config.toml in the place of this one.
RUN touch config.toml
ENV STATE_DIRECTORY=/data PYTHONUNBUFFERED=1
VOLUME /data
USER ticket-relay
CMD ["python", "-m", "daemon", "run"]
