# One image for migrate, api and worker. It holds nothing of passerelle's «embedded» extra: the servers are elsewhere.
FROM python:3.11.16-slim-trixie AS packages
RUN python -m venv /opt/venv
COPY requirements/production.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM python:3.11.16-slim-trixie
RUN groupadd --gid 10001 passerelle \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin passerelle \
    && install --directory --owner=passerelle --group=passerelle --mode=0750 /var/lib/passerelle
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY deploy/with-secrets.sh deploy/
COPY worker.py ./
COPY workflows workflows
COPY activities activities
COPY api api
COPY web web
COPY passerelle passerelle
# The root file system is read-only when it runs.
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["sh", "/app/deploy/with-secrets.sh"]
CMD ["python", "-m", "passerelle", "serve"]
