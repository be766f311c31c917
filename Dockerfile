# Two small images from one source: `service` answers questions, `ingest` reads documents.
# `make image` builds them without a network: it gathers wheels and model beforehand, says what BASE is, and labels
# each with it and with the commit.
# Each builder builds every stage before its target, so the larger image comes last.
ARG BASE
FROM ${BASE} AS runtime
# The library is compiled here, because a read-only root cannot keep what Python would compile at every start.
RUN groupadd --gid 10001 raglite \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin raglite \
 && rm -rf /usr/local/bin/pip* /usr/local/lib/python3.11/site-packages/* /usr/local/lib/python3.11/ensurepip \
 && find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && python -m compileall -q /usr/local/lib/python3.11

# One layer without what `runtime` has removed, because a layer above the base would hide it and keep its weight.
FROM scratch AS root
# hadolint ignore=DL3067
COPY --from=runtime / /
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    MALLOC_ARENA_MAX=2 \
    RAGLITE_MODEL_DIR=/opt/raglite/model
WORKDIR /tmp
COPY build/model /opt/raglite/model

FROM root AS wheels
COPY build/image/tools /tools
COPY build/image/wheels /wheels
RUN python -m zipfile -e /wheels/pip-*.whl /pip \
 && python -m venv --without-pip /opt/venv \
 && python -m venv --without-pip /sbom \
 && PYTHONPATH=/pip /sbom/bin/python -m pip install --quiet --no-cache-dir --no-index --no-deps \
      --require-hashes --find-links /tools --requirement /tools/sbom.txt
COPY scripts/image/finish.py scripts/image/inventory.py /recipe/

FROM wheels AS service-files
RUN PYTHONPATH=/pip /opt/venv/bin/python -m pip install --quiet --no-cache-dir --no-index --no-deps \
      --require-hashes --find-links /wheels --requirement /wheels/service.txt
COPY build/image/project /project
RUN PYTHONPATH=/pip /opt/venv/bin/python -m pip install --quiet --no-cache-dir --no-index --no-deps \
      --require-hashes --find-links /project --requirement /project/project.txt \
 && /opt/venv/bin/python /recipe/finish.py \
 && /sbom/bin/python /recipe/inventory.py service

FROM root AS service
COPY --from=service-files /opt/venv /opt/venv
ENV RAGLITE_HOST=0.0.0.0 \
    RAGLITE_PORT=8000
EXPOSE 8000
# Fargate mounts an empty volume with the rights that a declared one has in its image: root's alone without this line.
VOLUME ["/tmp"]
USER 10001:10001
# Alive, not ready: who waits for Qdrant is not ill.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-ISc", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['RAGLITE_PORT'] + '/healthz', timeout=2)"]
# The first process must heed signals from its first moment on, and Python does not before it has imported.
ENTRYPOINT ["dumb-init", "--single-child", "--"]
CMD ["python", "-m", "raglite.server"]
LABEL org.opencontainers.image.title="raglite" \
      org.opencontainers.image.description="Answers questions about financial documents over MCP and HTTP"

FROM wheels AS ingest-files
RUN PYTHONPATH=/pip /opt/venv/bin/python -m pip install --quiet --no-cache-dir --no-index --no-deps \
      --require-hashes --find-links /wheels --requirement /wheels/ingest.txt
COPY build/image/project /project
RUN PYTHONPATH=/pip /opt/venv/bin/python -m pip install --quiet --no-cache-dir --no-index --no-deps \
      --require-hashes --find-links /project --requirement /project/project.txt \
 && /opt/venv/bin/python /recipe/finish.py \
 && /sbom/bin/python /recipe/inventory.py ingest

FROM root AS ingest
COPY --from=ingest-files /opt/venv /opt/venv
VOLUME ["/tmp"]
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["dumb-init", "--single-child", "--"]
CMD ["python", "-m", "raglite.ingestion.pipeline", "--help"]
LABEL org.opencontainers.image.title="raglite-ingest" \
      org.opencontainers.image.description="Reads financial documents into the index"
