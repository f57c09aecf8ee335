# Two stages: the first builds and installs from hashes, the second carries the result and no build tools.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.build.txt requirements.txt ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements.build.txt \
 && python -m venv /opt/incidentd \
 && /opt/incidentd/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY incidentd ./incidentd
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/incidentd/bin/pip install --no-cache-dir --no-deps /dist/*.whl \
 && /opt/incidentd/bin/python -m compileall -q /opt/incidentd/lib \
 && /opt/incidentd/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim
LABEL org.opencontainers.image.title="incidentd" \
      org.opencontainers.image.description="Keeps exactly one incident open for each production certificate with less than three months left, and closes it on proof" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="python:3.11-slim"
COPY --from=build /opt/incidentd /opt/incidentd
# The only folder that is written to: everything else may be mounted read-only. Nothing is installed from here on.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/incidentd \
 && rm -rf /usr/local/bin/pip* /usr/local/lib/python3.11/site-packages/* /usr/local/lib/python3.11/ensurepip
ENV PATH="/opt/incidentd/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATE_DIRECTORY=/var/lib/incidentd
USER 10001:10001
WORKDIR /var/lib/incidentd
VOLUME ["/var/lib/incidentd"]
EXPOSE 8580
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8580/healthz', timeout=4)"]
ENTRYPOINT ["incidentd"]
CMD ["run"]
