# linkroll in an image: the server, the sdk and the plugins; never the sandbox. How to run it: docs/how-to/docker.md

FROM python:3.11-slim-bookworm AS builder
# `otel` brings what traces need.
ARG REQUIREMENTS=runtime
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements/ requirements/
# Wheels only: nothing foreign runs while it is installed.
RUN python -m venv --without-pip /opt/linkroll \
 && pip --python /opt/linkroll/bin/python install --require-hashes --only-binary :all: -r requirements/$REQUIREMENTS.txt \
 && python -m venv /build/tools \
 && /build/tools/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt
COPY LICENSE README.md pyproject.toml ./
COPY sdk/ sdk/
COPY plugins/ plugins/
COPY server/ server/
RUN /build/tools/bin/pip wheel --no-deps --no-build-isolation --no-index -w /build/wheels . ./sdk ./plugins/* \
 && pip --python /opt/linkroll/bin/python install --no-deps --no-index /build/wheels/*.whl

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 linkroll \
 && useradd --system --uid 10001 --gid linkroll --home-dir /var/lib/linkroll --shell /usr/sbin/nologin linkroll \
 && install -d -o linkroll -g linkroll -m 0700 /var/lib/linkroll
COPY --from=builder /opt/linkroll /opt/linkroll
ENV PATH=/opt/linkroll/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LINKROLL_ENV=production \
    LINKROLL_HOST=0.0.0.0 \
    LINKROLL_PORT=8040 \
    LINKROLL_DATA_DIR=/var/lib/linkroll \
    LINKROLL_LOG_FORMAT=json
# By number, so that whoever runs it can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/linkroll
VOLUME /var/lib/linkroll
EXPOSE 8040
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8040/healthz', timeout=4)"]
ENTRYPOINT ["linkroll"]
CMD ["serve"]
