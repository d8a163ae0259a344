# The relay as a container: docs/operator-guide.md. Session and database are in the volume /data.
#
# The base is an exact version, of the Python that the checks run with. To pin it to the byte as well, put behind it the
# digest that `docker pull` shows: …-bookworm@sha256:…
FROM python:3.11.13-slim-bookworm
# With a number of its own, which the owner of a mounted folder can be set to.
RUN groupadd --system --gid 10001 ticket-relay \
    && useradd --system --uid 10001 --gid ticket-relay --no-create-home --shell /usr/sbin/nologin ticket-relay \
    && install -d -m 700 -o ticket-relay -g ticket-relay /data
WORKDIR /app
COPY requirements.lock .
# Of pyaes there is no wheel; all others are taken as they were built.
RUN pip install --no-cache-dir --only-binary :all: --no-binary pyaes --require-hashes --requirement requirements.lock
COPY daemon daemon
# The environment gives token and ids; whoever wants more mounts a config.toml in the place of this one.
RUN touch config.toml
ENV STATE_DIRECTORY=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
USER 10001:10001
# Unhealthy where no relay runs, or one that does not do its work: docs/monitoring.md.
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s CMD ["python", "-m", "daemon", "status"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "daemon", "run"]
