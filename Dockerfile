# One image for web, worker and beat; docker-compose.yml says which one a container is.
FROM python:3.12-slim AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /tmp/base.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEALERCRM_MODE=production \
    DEALERCRM_VAR=/var/lib/dealercrm
RUN useradd --system --uid 10001 --home-dir /var/lib/dealercrm --create-home dealercrm
COPY --from=environment /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Values for these two steps only: nothing of them stays in the image.
RUN export SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=sqlite:////tmp/build.sqlite3 DEALERCRM_VAR=/tmp/build && \
    python manage.py compile_translations && \
    python manage.py collectstatic --noinput --verbosity 0 && \
    rm -rf /tmp/build*
USER dealercrm
VOLUME /var/lib/dealercrm
EXPOSE 8000
CMD ["gunicorn", "dealercrm.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4"]
